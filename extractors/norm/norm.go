// Package norm turns what publishers write into one canonical form a kind of
// field: dates, money, numbers, document numbers, flags, lists, names.
//
// It refuses rather than guesses: an amount of "2000余元", a date without its
// day or a word outside an enum is an error, and the caller keeps the text as
// written with a mark. It reads text only, knows no page and keeps no state.
package norm

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"probity/pipeline/evidence"
)

// Limit is the longest text, in bytes, that a field other than free text may
// have before it is refused.
const Limit = 4096

// Value returns raw in the canonical form of the field's kind, as the
// vocabulary (evidence.Kind) describes them. unit is what the declaration
// says of the column: 元 or 万元 for money, excel, unix or unix_ms for a date;
// a unit in the text itself wins. It returns "" where the publisher wrote
// that there is nothing: a blank, a dash, 无 where that is no answer.
// Errors wrap evidence.ErrInvalid.
func Value(field evidence.Field, unit, raw string) (string, error) {
	text := Text(raw)
	if nothing(field.Kind, text) {
		return "", nil
	}
	if field.Kind != evidence.Text && len(text) > Limit {
		return "", refuse(string(field.Kind), text, "longer than such a field can be")
	}
	switch field.Kind {
	case evidence.Text:
		return text, nil
	case evidence.Day:
		d, err := Date(text, unit)
		return string(d), err
	case evidence.Money:
		return Money(text, unit)
	case evidence.Number:
		return Number(text, unit)
	case evidence.DocNo:
		return DocNo(text)
	case evidence.Person:
		return Person(text), nil
	case evidence.Flag:
		return Flag(text)
	case evidence.Enum:
		return enum(text, field.Values)
	case evidence.List:
		return list(text, field.Values)
	}
	return "", fmt.Errorf("normalise %s: %w: unknown kind %q", field.Name, evidence.ErrInvalid, field.Kind)
}

// Text returns s as written, with white space (also the ideographic space and
// no-break space) collapsed to one blank, zero-width characters and invalid
// bytes gone. Width, case and composition stay: folding is for keys.
func Text(s string) string {
	s = strings.Map(func(r rune) rune {
		switch r {
		case '\u200b', '\u200c', '\u200d', '\ufeff', '\u2060':
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return strings.Join(strings.FieldsFunc(s, unicode.IsSpace), " ")
}

// Narrow turns full-width ASCII, the full-width yuan sign and the ideographic
// space into half width, rune by rune.
func Narrow(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		case r == '￥':
			return '¥'
		case r == '\u3000', r == '\u00a0':
			return ' '
		}
		return r
	}, s)
}

// Flag reads yes and no: 是 有 已 √ true 1, 否 无 未 × false 0, and short words
// that begin with 已 or 未 (已办结, 未核验).
func Flag(s string) (string, error) {
	v := strings.ToLower(squeeze(Narrow(s)))
	switch v {
	case "是", "有", "已", "true", "1", "yes", "y", "√", "✓", "对":
		return "true", nil
	case "否", "无", "未", "没有", "false", "0", "no", "n", "×", "✗", "x":
		return "false", nil
	}
	if n := len([]rune(v)); n <= 6 {
		if strings.HasPrefix(v, "已") {
			return "true", nil
		}
		if strings.HasPrefix(v, "未") {
			return "false", nil
		}
	}
	return "", refuse("flag", s, "neither yes nor no")
}

func enum(s string, values []string) (string, error) {
	if len(values) == 0 {
		return s, nil
	}
	for _, v := range values {
		if evidence.FoldName(v) == evidence.FoldName(s) {
			return v, nil
		}
	}
	return "", refuse("enum", s, "want one of "+strings.Join(values, ", "))
}

// list splits at ; 、 , and line ends, refuses what a fixed list does not
// have, and returns the items sorted, once each, joined by a semicolon. A
// detailed 其他-… is 其他 where the list has that.
func list(s string, values []string) (string, error) {
	items := []string{}
	for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return strings.ContainsRune(";；、,，\n|｜", r) }) {
		part = Text(part)
		if part == "" {
			continue
		}
		if head, _, ok := strings.Cut(Narrow(part), "-"); ok && head == "其他" && slices.Contains(values, head) {
			part = head
		}
		v, err := enum(part, values)
		if err != nil {
			return "", err
		}
		items = append(items, v)
	}
	slices.Sort(items)
	return strings.Join(slices.Compact(items), ";"), nil
}

// nothing tells the ways in which publishers leave a cell empty.
func nothing(kind evidence.Kind, s string) bool {
	if strings.Trim(s, "-－—–―/／\\ *＊") == "" {
		return kind != evidence.Text || s == "" || !strings.ContainsAny(s, "*＊")
	}
	switch strings.ToLower(s) {
	case "null", "nil", "undefined", "n/a":
		return true
	case "无", "暂无", "空":
		return kind != evidence.Text && kind != evidence.Flag
	case "长期", "长期有效", "永久", "永久有效", "至今", "无固定期限":
		return kind == evidence.Day // an end that is open is none
	}
	return false
}

// squeeze drops all white space.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

// refuse is the one shape of this package's errors. What was written stays
// out of it, since it may name a person: the caller keeps the text.
func refuse(kind, text, why string) error {
	return fmt.Errorf("read %s of %d characters: %w: %s", kind, len([]rune(text)), evidence.ErrInvalid, why)
}
