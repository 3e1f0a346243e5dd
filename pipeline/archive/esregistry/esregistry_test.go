package esregistry_test

import (
	"testing"

	"probity/pipeline/archive"
	"probity/pipeline/archive/esregistry"
	"probity/pipeline/archive/registrytest"
	"probity/pipeline/elastic/elastictest"
)

func TestConformance(t *testing.T) {
	registrytest.Run(t, func(t *testing.T) archive.Registry {
		r, err := esregistry.Open(t.Context(), elastictest.Open(t))
		if err != nil {
			t.Fatal(err)
		}
		return r
	})
}
