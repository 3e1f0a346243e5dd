package api_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"testing"

	"probity/api"
	"probity/api/doorstest"
)

func TestWhoMindsIsToldTheRouteAndTheStatusOfEachRequest(t *testing.T) {
	t.Parallel()
	var told []string
	handler, err := api.Handler(api.Config{
		Doors: doorstest.New().Doors(), Now: doorstest.Now,
		Around: func(r *http.Request, route string, stream bool) (*http.Request, func(int)) {
			return r, func(status int) { told = append(told, route+" "+strconv.Itoa(status)+" "+strconv.FormatBool(stream)) }
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/api/v1/campaigns/none", "/nowhere", "/api/v1/campaigns"} {
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil))
	}
	want := []string{"GET /api/v1/campaigns/{id} 404 false", " 404 false", "GET /api/v1/campaigns 200 false"}
	if !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}
