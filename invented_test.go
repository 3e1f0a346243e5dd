package main

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"probity/pipeline/evidence"
)

// inventedList makes companies whose codes are right, wrong or misplaced; each
// has at least one that is right.
func inventedList(r *rand.Rand) [][]string {
	rows := [][]string{{"企业名称", "工商注册号", "组织机构代码", "统一信用代码", "失信领域"}}
	lists := []string{"失信被执行人名单", "工商吊销企业名单", "失信被执行人名单、工商吊销企业名单"}
	for i := range 27 {
		org := orgCode(r)
		row := []string{fmt.Sprintf("某省第%d电子商务有限公司", i+1), regNo(r), org, usccOf(r, org), lists[r.IntN(3)]}
		switch i % 9 {
		case 0:
			row[3] = ""
		case 1:
			row[1], row[2] = row[2], row[1] // in the wrong column
		case 2:
			row[3] = row[3][:17] + "?"
		case 3:
			row[1], row[2] = "不详", ""
		case 4:
			row[1], row[2], row[3] = row[3], "", ""
		case 5:
			row[2], row[3] = org[:8]+"-"+org[8:], "" // with its hyphen
		case 6:
			row[3] = strings.ToLower(row[3])
		case 7:
			row[1], row[2], row[3] = number(r, 13), "", "" // an old number, without a check
		}
		rows = append(rows, row)
	}
	return rows
}

func number(r *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte(byte('0' + r.IntN(10)))
	}
	return b.String()
}

func orgCode(r *rand.Rand) string { return complete(number(r, 8), evidence.ValidOrgCode) }
func regNo(r *rand.Rand) string   { return complete("4403"+number(r, 10), evidence.ValidRegNo) }
func usccOf(r *rand.Rand, org string) string {
	return complete("914403"+number(r, 2)+org, evidence.ValidUSCC)
}

// complete adds the check character that makes a code valid.
func complete(code string, valid func(string) bool) string {
	for _, c := range "0123456789ABCDEFGHJKLMNPQRTUWXY" {
		if valid(code + string(c)) {
			return code + string(c)
		}
	}
	return code
}
