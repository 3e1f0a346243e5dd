package campaign

import (
	"maps"
	"slices"
	"strings"
	"time"

	"probity/pipeline/evidence"
)

// Looks makes the looks of a finished run, in order of source and subject
// (MODEL 1, look). A run over a cohort looks only where its pages are whole
// scopes of their own.
func Looks(run Run, sources map[string]evidence.Source, sums Sums, at time.Time) []evidence.Look {
	var looks []evidence.Look
	for _, id := range slices.Sorted(maps.Keys(run.Sources)) {
		src := sources[id]
		if len(src.Covers.Indicators) == 0 || run.Cohort && !src.Each {
			continue
		}
		subjects := slices.Sorted(maps.Keys(sums[id]))
		if !src.Each && len(subjects) == 0 {
			subjects = []string{""}
		}
		for _, subject := range subjects {
			if src.Each && subject == "" {
				continue
			}
			result, reason := Judge(src, *At(sums, id, subject))
			scope := src.Covers.Scope
			if subject != "" {
				scope.Subjects = []string{subject}
			}
			looks = append(looks, evidence.Look{
				ID:  evidence.Digest("look", run.ID, id, strings.Join(append(append([]string{subject}, scope.Areas...), scope.Operators...), ",")),
				Run: run.ID, Source: id, Kind: src.Kind, Version: run.Sources[id], Indicators: src.Covers.Indicators,
				Scope: scope, Result: result, Reason: reason, Time: at, MaxAgeDays: src.Covers.MaxAge,
			})
		}
	}
	return looks
}
