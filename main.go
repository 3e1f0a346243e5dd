// Command probity gathers what is public about e-commerce operators, keeps it
// as evidence, grades their credit by a published standard, and lets anyone
// walk back from the grade to the bytes it came from.
//
// A lead becomes a capture, a capture becomes records, records state facts
// about entities, facts earn an evaluation, and what stands makes the dossier.
// Each step is a folder; wire.go introduces them to each other.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"probity/pipeline/evidence"
)

// version is stamped into captures and reports.
const version = "probity/0.1"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], shell{env: os.Environ(), in: os.Stdin, out: os.Stdout, err: os.Stderr, now: time.Now})
	stop()
	os.Exit(code)
}

// A shell is what surrounds a command, as arguments, so that tests can be one.
type shell struct {
	env []string
	in  io.Reader
	out io.Writer
	err io.Writer
	now func() time.Time
	log *slog.Logger

	rebuilds bool // the index is to be made again, of whatever schema it is

	vitals *vitals // how this process is watched from outside; nil: nobody does
}

// A command is one verb of the command line.
type command struct {
	name, args, zh, en string
	do                 func(ctx context.Context, sh shell, c Config, args []string) error
}

func commands() []command {
	return []command{
		{"demo", "[-once] [-data DIR] [-seed S] [-day N]", "采集并评价一个模拟网络", "crawl, grade and serve a simulated web", doDemo},
		{"run", "[ROLE...] [-data DIR]", "提供查询并按时采集", "serve pages and API, and run campaigns when they are due", doRun},
		{"source", "check|try|list", "检查、试读来源声明", "check and try declarations of sources", doSource},
		{"campaign", "list|run|pause|resume|report", "安排、运行采集计划", "plan and run crawls", doCampaign},
		{"host", "list|pause|resume|set", "暂停、放慢对某台主机的访问", "pause or slow down the visits to a host", doHost},
		{"letters", "list|retry RUN", "查看、重试被放弃的线索与存档", "what a run gave up, why, and once more", doLetters},
		{"intake", "SOURCE FILE...", "接收部门移交的文件", "take in files that a department hands over", doIntake},
		{"robots", "[-agent A] [-file F] URL", "说明 robots.txt 对某网址的决定", "explain what robots.txt says about an address", doRobots},
		{"explain", "[-fetch] URL", "说明某网址会不会被采集", "tell why an address would or would not be fetched", doExplain},
		{"search", "WORDS", "检索原始证据", "find documents that contain all the words", doSearch},
		{"dossier", "USCC|NAME|ID", "查阅信用档案", "everything that holds about an operator, and why", doDossier},
		{"evaluate", "-standard FILE -as-of DATE", "按标准评价任意事项与查询", "grade anyone's facts and looks, one JSON object a line", doEvaluate},
		{"export", "-wacz FILE -run RUN|…", "导出存档，可在别处重放", "write captures as a WACZ file that replays elsewhere", doExport},
		{"archive", "check [-repair]", "核验存档，修复残缺的末尾", "read the archive whole, say what is wrong, mend torn ends", doArchive},
		{"verify", "[-data DIR]", "核验账本与存档", "hold ledger and archive against their digests", doVerify},
		{"rebuild", "[-back] [-data DIR]", "由存档与账本重建索引", "make the index again from archive and ledger", doRebuild},
		{"migrate", "-from DIR [-data DIR]", "将单机数据迁入集群", "carry a laptop's data to a fleet", doMigrate},
		{"bodies", "[-data DIR]", "逐行打印全部文档正文", "print every document's body, to compare two indexes", doBodies},
		{"config", "", "显示生效的设置", "print the settings in force, secrets masked", doConfig},
	}
}

// errUsage ends a command whose words are off; the usage was already printed.
var errUsage = errors.New("usage")

// run is main with its surroundings as arguments. It returns 0 for success, 1
// for a fault, 2 where the words, a file or a setting must be corrected, and 3
// where a text may mean several operators.
func run(ctx context.Context, args []string, sh shell) int {
	flags := flag.NewFlagSet("probity", flag.ContinueOnError)
	flags.SetOutput(sh.err)
	file := flags.String("config", "", "read settings from this YAML `file`")
	verbose := flags.Bool("v", false, "log what is done, not only what goes wrong")
	var sets list
	flags.Var(&sets, "set", "set one `name=value`, over file and environment")
	flags.Usage = func() { usage(sh.err, flags) }
	if err := flags.Parse(args); err != nil {
		return 2
	}
	level := slog.LevelWarn
	if *verbose {
		level = slog.LevelInfo
	}
	sh.log = slog.New(slog.NewTextHandler(sh.err, &slog.HandlerOptions{Level: level}))
	config, err := LoadConfig(*file, sh.env, sets)
	if err == nil {
		sh.now, err = worldClock(sh.env, sh.now)
	}
	if err != nil {
		say(sh.err, err)
		return 2
	}
	for _, c := range commands() {
		if c.name != flags.Arg(0) {
			continue
		}
		return exit(sh, c.do(ctx, sh, config, flags.Args()[1:]))
	}
	if flags.NArg() > 0 {
		say(sh.err, fmt.Errorf("没有命令 no command %q", flags.Arg(0)))
	}
	usage(sh.err, flags)
	return 2
}

// exit says what went wrong and turns it into the exit code.
func exit(sh shell, err error) int {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errUsage) || errors.Is(err, flag.ErrHelp):
		return 2
	case errors.Is(err, errSeveral):
		return 3
	case errors.Is(err, evidence.ErrInvalid):
		say(sh.err, err)
		return 2
	}
	say(sh.err, err)
	return 1
}

func say(w io.Writer, err error) { _, _ = fmt.Fprintln(w, "probity:", err) }

func usage(w io.Writer, flags *flag.FlagSet) {
	_, _ = fmt.Fprint(w, "诚鉴 Probity: public pages become evidence, evidence earns a grade.\n\n用法 usage: probity [flags] COMMAND [arguments]\n\n")
	for _, c := range commands() {
		_, _ = fmt.Fprintf(w, "  %-36s %s  %s\n", c.name+" "+c.args, c.zh, c.en)
	}
	_, _ = fmt.Fprintln(w, "\nflags:")
	flags.PrintDefaults()
}

// parse reads a command's own flags, which may stand before or after its
// arguments, and returns the arguments.
func parse(sh shell, flags *flag.FlagSet, args []string) ([]string, error) {
	flags.SetOutput(sh.err)
	var rest []string
	for {
		if err := flags.Parse(args); err != nil {
			return nil, errUsage
		}
		if flags.NArg() == 0 {
			return rest, nil
		}
		rest, args = append(rest, flags.Arg(0)), flags.Args()[1:]
	}
}

type list []string

func (l *list) String() string     { return fmt.Sprint(*l) }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }

func doConfig(_ context.Context, sh shell, c Config, _ []string) error {
	_, err := sh.out.Write(c.YAML())
	return err
}
