package site_test

import (
	"testing"

	"probity/extractors/exampletest"
	"probity/extractors/site"
)

func TestExamples(t *testing.T) { exampletest.Run(t, site.Read) }
