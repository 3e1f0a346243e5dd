package main

import (
	"errors"
	"fmt"
	"strings"

	"probity/pipeline/evidence"
)

// A said error is what a person reads of an error, and of what kind it is: the
// way by which a store came to it is not for whoever asked.
type said struct {
	kind  error // one of evidence's
	words string
}

func (s said) Error() string { return s.words }
func (s said) Unwrap() error { return s.kind }

// saying is an error of a kind in words for a person: Chinese, English, and what
// to do.
func saying(kind error, format string, args ...any) error {
	return said{kind, fmt.Sprintf(format, args...)}
}

// An absence is that there is nothing of some kind under the name that was
// asked for, and what to do.
type absence struct{ zh, en, do string }

// or is err where it says anything but that there is no such thing.
func (a absence) or(err error, id string) error {
	if err == nil || !errors.Is(err, evidence.ErrNotFound) {
		return err
	}
	return saying(evidence.ErrNotFound, "%s %s: %s. %s", a.zh, a.en, short(id), a.do)
}

func noCapture() absence {
	return absence{"没有这份存档", "no capture has this id", "编号或有误；从检索结果或记录页进入 check it, or come from a search or a record"}
}

func noRecord() absence {
	return absence{"没有这条记录", "no record has this id", "编号或有误；从检索结果或事项页进入 check it, or come from a search or a fact"}
}

func noFact() absence {
	return absence{"没有这个事项", "no fact has this id", "编号或有误；从检索结果或档案进入 check it, or come from a search or a dossier"}
}

func noEntity() absence {
	return absence{"没有找到这个主体", "nobody bears this name or code", "核对名称或统一社会信用代码，或先检索证据 check it, or search the evidence"}
}

func noRun() absence {
	return absence{"没有这次运行", "there is no such run", "采集页列有各次运行 the pages of campaigns list them"}
}

func noReport() absence {
	return absence{"没有这次运行的报告", "there is no report of such a run", "运行结束后才有；采集页列有各次运行 there is one once a run has ended; the pages of campaigns list them"}
}

func noProgress() absence {
	return absence{"这项采集没有运行过", "this campaign never ran", "先开始一次 start it first"}
}

// noCampaign says which campaigns there are.
func (h *house) noCampaign(id string) error {
	return saying(evidence.ErrNotFound, "没有声明这项采集 no such campaign is declared: %s. 现有 there are: %s", short(id), or(strings.Join(sortedKeys(h.set.Campaigns), ", "), "无 none"))
}

// noStandard says which standard there is.
func (h *house) noStandard(id string) error {
	return saying(evidence.ErrNotFound, "没有这个评价标准 there is no such standard: %s. 现行的是 in force is: %s", short(id), h.standard.Name())
}

// noHost says that nobody goes there.
func noHost(name string) error {
	return saying(evidence.ErrNotFound, "没有访问过这台主机，也没有来源提到它 this host was never visited, and no source names it: %s. 主机页列有全部 the page of hosts lists all", short(name))
}

// short is what somebody asked for, fit to be said: whatever it was.
func short(id string) string {
	const most = 80
	runes := []rune(strings.ToValidUTF8(id, "�"))
	if len(runes) > most {
		runes = append(runes[:most], '…')
	}
	return fmt.Sprintf("%q", string(runes))
}
