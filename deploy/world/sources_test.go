package world_test

import (
	"slices"
	"testing"

	"probity/deploy/world"
	"probity/pipeline/declare"
	"probity/pipeline/evidence"
)

// declared reads the declarations of the world, strictly.
func declared(t *testing.T) *declare.Set {
	t.Helper()
	set, err := declare.Load(world.Declarations())
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestEveryChannelIsDeclaredAsTheTruthTakesIt(t *testing.T) {
	set := declared(t)
	for _, c := range world.Channels() {
		s, ok := set.Sources[c.Name]
		if !ok {
			t.Errorf("channel %s is not declared", c.Name)
			continue
		}
		var areas []string
		if c.Area != "" {
			areas = []string{c.Area}
		}
		if s.Kind != c.Kind || s.List != c.List || s.Missing != c.Missing || s.Each != c.Each || s.Covers.MaxAge != c.MaxAge {
			t.Errorf("source %s says kind %s, list %s, missing %s, each %v, max age %d; the channel %+v", s.ID, s.Kind, s.List, s.Missing, s.Each, s.Covers.MaxAge, c)
		}
		if !slices.Equal(s.Covers.Scope.Areas, areas) || !slices.Equal(s.Covers.Indicators, c.Indicators) {
			t.Errorf("source %s covers %v in %v; the channel %v in %v", s.ID, s.Covers.Indicators, s.Covers.Scope.Areas, c.Indicators, areas)
		}
	}
}

func TestTheCampaignWorldNamesEverySource(t *testing.T) {
	set := declared(t)
	if got, want := slices.Sorted(slices.Values(set.Campaigns["world"].Sources)), declare.Names(set.Sources); !slices.Equal(got, want) {
		t.Errorf("campaign world names %v, declared are %v", got, want)
	}
}

func TestEverySourceOfTheWorldIsPoliteInMilliseconds(t *testing.T) {
	for id, s := range declared(t).Sources {
		if s.Manners.Gap <= 0 || s.Manners.Gap.Milliseconds() > 20 || s.Manners.Timeout <= 0 {
			t.Errorf("source %s: gap %v, timeout %v", id, s.Manners.Gap, s.Manners.Timeout)
		}
		for _, v := range s.Views {
			if _, ok := evidence.TypeOf(v.Record); !ok && v.Read != "links" {
				t.Errorf("source %s, view %s: no record type", id, v.Name)
			}
		}
	}
}
