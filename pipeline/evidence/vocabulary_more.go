package evidence

// decision is what every administrative or judicial document has: its number,
// who made it and when.
func decision(more ...Field) []Field {
	return append([]Field{
		{"number", "文书号", DocNo, nil}, {"authority", "作出机关", Text, nil}, {"date", "作出日期", Day, nil},
	}, more...)
}

// listing is what every public list has: why, by whom, from when and until when.
func listing(more ...Field) []Field {
	return append([]Field{
		{"number", "列入决定文号", DocNo, nil},
		{"reason", "列入原因", Text, nil},
		{"authority", "列入机关", Text, nil},
		{"listed", "列入日期", Day, nil},
		{"removed", "移出日期", Day, nil},
		{"removal_reason", "移出原因", Text, nil},
	}, more...)
}

// Article 10 (2): penalties, coercion, arrears, labour inspection, others.
func supervisionTypes() []RecordType {
	arrears := func() []Field {
		return decision(Field{"stage", "阶段", Enum, []string{"ordered_to_pay", "court_enforced", "settled"}},
			Field{"amount", "欠缴金额", Money, nil}, Field{"settled", "缴清日期", Day, nil})
	}
	return []RecordType{
		{"penalty", "行政处罚", 2, Event, "date", "", decision(
			Field{"kinds", "处罚种类", List, []string{
				"警告", "通报批评", "罚款", "没收违法所得", "没收非法财物", "暂扣许可证件", "降低资质等级",
				"吊销许可证件", "吊销营业执照", "限制开展生产经营活动", "责令停产停业", "责令关闭", "限制从业", "行政拘留", "其他",
			}},
			Field{"amount", "罚款金额", Money, nil}, Field{"confiscated", "没收金额", Money, nil},
			Field{"conduct", "违法行为类型", Text, nil}, Field{"facts", "违法事实", Text, nil}, Field{"basis", "处罚依据", Text, nil},
			Field{"content", "处罚内容", Text, nil}, Field{"procedure", "程序", Enum, []string{"简易", "普通"}},
			Field{"publicity_end", "公示截止期", Day, nil}, Field{"valid_until", "处罚有效期", Day, nil},
			Field{"status", "当前状态", Enum, []string{"正常", "撤销", "异议", "其他"}},
			Field{"legal_representative", "法定代表人", Person, nil})},
		{"coercion", "行政强制", 2, Event, "date", "", decision(Field{"measure", "强制措施", Text, nil})},
		{"abnormal_listing", "经营异常名录", 2, Standing, "listed", "removed", listing()},
		{"serious_listing", "严重违法失信名单", 2, Standing, "listed", "removed", listing(Field{"category", "类别", Text, nil})},
		{"revocation_listing", "工商吊销企业名单", 2, Standing, "listed", "removed", listing()},
		{"tax_arrears", "欠税公告", 2, Standing, "date", "settled", decision(Field{"tax_kind", "欠税税种", Text, nil},
			Field{"balance", "欠税余额", Money, nil}, Field{"new_balance", "当期新欠", Money, nil}, Field{"settled", "缴清日期", Day, nil})},
		{"fund_arrears", "欠缴住房公积金", 2, Standing, "date", "settled", arrears()},
		{"insurance_arrears", "欠缴社会保险费", 2, Standing, "date", "settled", arrears()},
		{"labour_violation", "劳动监察", 2, Event, "date", "", decision(Field{"conduct", "违法行为", Text, nil})},
		{"wage_listing", "拖欠农民工工资失信名单", 2, Standing, "listed", "removed", listing()},
		{"spot_check", "监督抽查", 2, Event, "date", "", decision(Field{"product", "产品", Text, nil},
			Field{"batch", "批号", Text, nil}, Field{"result", "结果", Enum, []string{"合格", "不合格"}})},
	}
}

// Article 10 (3): litigation and arbitration in force.
func litigationTypes() []RecordType {
	court := func(more ...Field) []Field {
		return append([]Field{{"number", "案号", DocNo, nil}, {"court", "法院", Text, nil}, {"date", "立案日期", Day, nil}}, more...)
	}
	return []RecordType{
		{"judgment", "裁判文书", 3, Event, "date", "", []Field{
			{"number", "案号", DocNo, nil},
			{"court", "法院", Text, nil},
			{"date", "裁判日期", Day, nil},
			{"effective", "生效日期", Day, nil},
			{"in_effect", "已生效", Flag, nil},
			{"cause", "案由", Text, nil},
			{"category", "类别", Enum, []string{"commercial", "ip", "labour", "other"}},
			{"instance", "审级", Enum, []string{"1", "2", "retrial"}},
			{"appealed", "原审案号", DocNo, nil},                           // of an appeal: the number below
			{"outcome", "结果", Enum, []string{"lost", "partly", "won"}}, // for the subject
			{"disposition", "二审处理", Enum, []string{"upheld", "changed", "remitted", "withdrawn"}},
			{"amount", "判付金额", Money, nil},
		}},
		{"labour_award", "劳动仲裁裁决", 3, Event, "date", "", decision(Field{"outcome", "结果", Enum, []string{"lost", "partly", "won"}},
			Field{"amount", "裁决金额", Money, nil}, Field{"effective", "生效日期", Day, nil})},
		{"enforcement", "被执行人", 3, Standing, "date", "closed", court(Field{"amount", "执行标的", Money, nil}, Field{"closed", "结案日期", Day, nil})},
		{"consumption_limit", "限制消费令", 3, Standing, "date", "lifted", court(Field{"lifted", "解除日期", Day, nil},
			Field{"legal_representative", "法定代表人", Person, nil})},
		{"dishonest_debtor", "失信被执行人", 3, Standing, "published", "removed", court(Field{"published", "发布日期", Day, nil}, Field{"removed", "移出日期", Day, nil},
			Field{"duty", "义务", Text, nil}, Field{"performance", "履行情况", Text, nil}, Field{"conduct", "失信行为", Text, nil},
			Field{"basis_number", "执行依据文号", DocNo, nil}, Field{"legal_representative", "法定代表人", Person, nil})},
	}
}

// Article 10 (4): operation, security, opinion, activity, reviews.
func activityTypes() []RecordType {
	return []RecordType{
		{"site_probe", "网站巡查", 4, Snapshot, "", "", []Field{
			{"host", "主机", Text, nil},
			{"available", "可访问", Flag, nil},
			{"https_valid", "HTTPS有效", Flag, nil},
			{"licence_display", "亮照", Enum, []string{"full", "partial", "exempt_declared", "none"}},
			{"shown_name", "所示名称", Text, nil},
			{"shown_uscc", "所示代码", Text, nil},
			{"shown_address", "所示住所", Text, nil},
			{"icp_number", "所示ICP备案号", DocNo, nil},
			{"police_number", "所示公安备案号", DocNo, nil},
			{"privacy_policy", "隐私政策", Flag, nil},
			{"return_policy", "退货规则公示", Flag, nil},
			{"absolute_terms", "绝对化用语", Number, nil},
			{"latest_content", "最近内容更新", Day, nil},
			{"latest_goods", "最近上新", Day, nil},
		}},
		{"review", "消费者评价", 4, Event, "date", "", []Field{
			{"shop_id", "店铺号", Text, nil},
			{"review_id", "评价号", Text, nil},
			{"stars", "星级", Number, nil},
			{"date", "日期", Day, nil},
			{"text", "评价", Text, nil},
			{"author", "评价者", Person, nil},
			{"suspect", "疑似刷单", Flag, nil},
			{"count", "评价数", Number, nil},
			{"positive", "好评数", Number, nil}, // of a source that gives sums
		}},
		{"complaint", "投诉举报", 4, Event, "date", "", []Field{
			{"number", "编号", DocNo, nil},
			{"authority", "受理单位", Text, nil},
			{"date", "日期", Day, nil},
			{"resolved", "已办结", Flag, nil},
			{"topic", "事由", Text, nil},
		}},
		{"availability", "可用性监测", 4, Event, "date", "", []Field{
			{"host", "主机", Text, nil}, {"date", "日期", Day, nil}, {"checks", "次数", Number, nil}, {"successes", "成功次数", Number, nil},
		}},
		{"security_finding", "网络安全通报", 4, Standing, "date", "cleared", []Field{
			{"number", "编号", DocNo, nil},
			{"host", "主机", Text, nil},
			{"kind", "类型", Enum, []string{"malware", "phish", "other"}},
			{"date", "发现日期", Day, nil},
			{"cleared", "解除日期", Day, nil},
		}},
		{"news", "网络舆情", 4, Event, "date", "", []Field{
			{"number", "编号", DocNo, nil}, {"title", "标题", Text, nil}, {"date", "日期", Day, nil}, {"severity", "级别", Enum, []string{"minor", "major"}},
		}},
		{"fake_review", "虚构评价认定", 4, Event, "date", "", decision(Field{"conduct", "行为", Text, nil})},
		{"partner_notice", "物流支付企业通报", 4, Event, "date", "", decision(Field{"conduct", "事由", Text, nil})},
	}
}

// Article 10 (5): awards, commitments, repair.
func otherTypes() []RecordType {
	return []RecordType{
		{"award", "表彰奖励", 5, Event, "date", "", decision(Field{"name", "称号", Text, nil},
			Field{"level", "级别", Enum, []string{"national", "provincial", "municipal"}}, Field{"opted_out", "不予公示", Flag, nil})},
		{"commitment", "信用承诺", 5, Event, "date", "", decision(Field{"content", "承诺事项", Text, nil},
			Field{"status", "履行情况", Enum, []string{"made", "performed", "broken"}})},
		{"false_material", "提供虚假材料认定", 5, Event, "date", "", decision(Field{"conduct", "行为", Text, nil})},
		// A repair is no fact of its own: it changes the one whose decision key it names.
		{"repair", "信用修复", 5, Event, "date", "", decision(
			Field{"effect", "决定", Enum, []string{"repaired", "repair_revoked", "annulled", "corrected"}},
			Field{"target_type", "所涉事项类型", Text, nil}, Field{"target_number", "所涉文书号", DocNo, nil},
			Field{"target_authority", "所涉作出机关", Text, nil}, Field{"items", "所涉处罚种类", List, nil})},
	}
}
