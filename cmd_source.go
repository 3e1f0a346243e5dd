package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"probity/api/words"
	"probity/crawler/chromerender"
	"probity/crawler/scope"
	"probity/deploy/profiles"
	"probity/extractors"
	"probity/pipeline/declare"
	"probity/pipeline/evidence"
)

// doSource is about declared places on the web.
func doSource(ctx context.Context, sh shell, c Config, args []string) error {
	return dispatch(ctx, sh, c, "source", []verb{
		{"check", "FILE...", doSourceCheck},
		{"try", "[-pages N] [-json] FILE", doSourceTry},
		{"list", "[-json]", doSourceList},
		{"set", "-why REASON NAME delay=5s", doSourceSet},
		{"kill", "-why REASON NAME", doSourceKill},
		{"resume", "-why REASON NAME", doSourceResume},
	}, args)
}

// doSourceCheck reads declarations as strictly as a crawl would, and says
// what they declare or what is wrong, file by file.
func doSourceCheck(_ context.Context, sh shell, c Config, args []string) error {
	w := newOptions("source check", &c)
	files, err := w.arguments(sh, args, 1, -1, "FILE...")
	if err != nil {
		return err
	}
	var problems []error
	for _, name := range files {
		src, err := readSource(c, name)
		switch {
		case err != nil:
			problems = append(problems, err)
		case w.json:
			err = printJSON(sh.out, src)
		default:
			err = describe(sh, src, c.chrome())
		}
		if err != nil && len(problems) == 0 {
			problems = append(problems, err)
		}
	}
	return errors.Join(problems...)
}

// readSource reads one declaration file. It may extend profiles that are
// shipped, that stand beside it, or in the configured folders.
func readSource(c Config, name string) (evidence.Source, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return evidence.Source{}, fmt.Errorf("read declaration: %w: %w", evidence.ErrInvalid, err)
	}
	set, err := declare.Load(profiles.FS)
	if err != nil {
		return evidence.Source{}, err
	}
	for _, dir := range c.Declarations {
		if dir = filepath.Join(dir, "sources"); exists(dir) {
			err = errors.Join(err, set.Beside(os.DirFS(dir)))
		}
	}
	if err = errors.Join(err, set.Beside(os.DirFS(filepath.Dir(name)))); err != nil {
		return evidence.Source{}, err
	}
	src, err := set.Source(declare.File{Name: name, Data: data})
	if err != nil || src.Profile {
		return src, err
	}
	if err := extractors.Check(src); err != nil {
		return src, fmt.Errorf("%s: %w", name, err)
	}
	if _, err := scope.New(src); err != nil {
		return src, fmt.Errorf("%s: %w", name, err)
	}
	return src, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// describe says what a source declares, for the person who answers for it.
func describe(sh shell, s evidence.Source, chrome *chromerender.Chrome) error {
	p := printer{w: sh.out}
	if s.Profile {
		p.line("%s  模板 profile: %s；由来源以 extends 引用 sources extend it", s.ID, s.Title)
		return p.err
	}
	p.line("%s  %s", s.ID, s.Title)
	p.line("  发布单位 publisher   %s", s.Publisher)
	p.line("  信息类别 class       %d %s", s.Class, words.Of("class", strconv.Itoa(s.Class)))
	p.line("  法律依据 legal basis %s", s.LegalBasis)
	p.line("  采集目的 purpose     %s", s.Purpose)
	p.line("  影响评估 impact      %s", s.Impact)
	for _, st := range s.Start {
		p.line("  起始页面 start       %s %s", st.URL, st.Post)
	}
	if len(s.Start) == 0 {
		p.line("  起始页面 start       无：由移交文件或其他来源引入 none: by intake, or led to by another source")
	}
	for _, v := range s.Views {
		p.line("  页面种类 view        %s: %s %s", v.Name, v.Read, what(v))
		if v.Render != nil {
			p.line("      在浏览器中运行其脚本 its scripts are run in a browser%s", noBrowser(chrome))
		}
		for _, l := range v.Fields {
			p.line("      %s → %s", l.Label, or(l.Field, "不采集 not collected: "+l.Ignore))
		}
	}
	p.line("  清单性质 list        %s；缺行表示 a missing row means: %s", s.List, or(s.Missing, "nothing"))
	if len(s.Covers.Indicators) > 0 {
		p.line("  覆盖指标 covers      %s；地区 areas %s；%d 天内有效 days", strings.Join(s.Covers.Indicators, " "), or(strings.Join(s.Covers.Scope.Areas, " "), "全部 all"), s.Covers.MaxAge)
	}
	p.line("  保存期限 retention   %d 个月 months", s.Retention)
	if s.Manners.Gap > 0 {
		p.line("  访问间隔 gap         %s", s.Manners.Gap)
	}
	if s.Schedule != "" {
		p.line("  采集周期 schedule    %s", s.Schedule)
	}
	return p.err
}

// noBrowser says what is missing where there is no browser.
func noBrowser(chrome *chromerender.Chrome) string {
	if err := chrome.Ready(); err != nil {
		return "；本机没有 which is missing here: " + err.Error()
	}
	return ""
}

// what says which records a view makes.
func what(v evidence.View) string {
	if v.Split == nil {
		return words.Type(v.Record).String()
	}
	var parts []string
	for _, item := range sortedKeys(v.Split.Records) {
		parts = append(parts, item+"="+words.Type(v.Split.Records[item]).Zh)
	}
	return v.Split.Label + "：" + strings.Join(parts, "，")
}

// doSourceList lists the sources that are declared.
func doSourceList(_ context.Context, sh shell, c Config, args []string) error {
	w := newOptions("source list", &c)
	if _, err := w.arguments(sh, args, 0, 0, ""); err != nil {
		return err
	}
	set, err := declarations(c)
	if err != nil {
		return err
	}
	if w.json {
		return printJSON(sh.out, set.Sources)
	}
	p := printer{w: sh.out}
	for _, id := range sortedKeys(set.Sources) {
		s := set.Sources[id]
		p.line("%-24s %d类 class  %s  %s", id, s.Class, s.Title, s.Publisher)
	}
	if len(set.Sources) == 0 {
		p.line("没有来源 no sources: put declarations into sources/*.yaml below %s, or set declarations", strings.Join(c.Declarations, ", "))
	}
	return p.err
}

// declarations reads what the configured folders declare.
func declarations(c Config) (*declare.Set, error) {
	return declare.Load(trees(c)...)
}

func trees(c Config) []fs.FS {
	all := []fs.FS{profiles.FS}
	for _, d := range c.Declarations {
		all = append(all, os.DirFS(d))
	}
	return all
}
