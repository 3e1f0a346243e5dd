package charset

import (
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/text/encoding/htmlindex"
)

// A labelled text is one of our own in a charset in which such pages are found.
type labelled struct{ charset, host, text string }

func samples() []labelled {
	const (
		zh = "深圳市市场监督管理局关于公布网络交易经营者信用评价结果的通知。各电子商务平台经营者：根据有关规定，现将二〇二六年第三季度评价结果予以公布，请认真落实整改要求，并于三十日内报送情况。"
		tw = "臺北市政府法務局消費者保護官室公告：業者於網路平臺販售商品，應依法揭露企業名稱、營業所在地及聯絡電話；未依規定辦理者，處新臺幣三萬元以上三十萬元以下罰鍰，並得按次處罰。"
		ja = "消費者庁は、通信販売の広告について特定商取引法に違反する表示を行っていた事業者に対し、業務停止命令を行いました。詳しくは下記の資料をご覧ください。お問い合わせは取引対策課までお願いします。"
		ko = "공정거래위원회는 전자상거래 등에서의 소비자보호에 관한 법률을 위반한 사업자에 대하여 시정명령과 함께 과태료를 부과하기로 결정하였습니다. 자세한 내용은 보도자료를 참고하시기 바랍니다."
		ru = "Федеральная служба по надзору в сфере защиты прав потребителей сообщает о привлечении владельца интернет-магазина к административной ответственности за нарушение правил дистанционной торговли."
		de = "Die Behörde hat gegen den Händler eine Geldbuße verhängt, weil er über Rückgabefristen und Versandkosten unzureichend aufgeklärt hatte. Die Entscheidung ist noch nicht rechtskräftig und kann überprüft werden."
		fr = "L’autorité a prononcé une amende contre le vendeur, qui n’avait pas informé les consommateurs de leur droit de rétractation. La décision a été publiée et peut être contestée devant le tribunal compétent."
		pl = "Urząd ochrony konkurencji nałożył karę na właściciela sklepu, który wprowadzał kupujących w błąd co do ceny i możliwości zwrotu towaru. Decyzja nie jest jeszcze prawomocna, można się od niej odwołać."
		el = "Η αρμόδια υπηρεσία επέβαλε πρόστιμο στην επιχείρηση ηλεκτρονικού εμπορίου επειδή δεν ενημέρωσε τους καταναλωτές για το δικαίωμα υπαναχώρησης. Η απόφαση μπορεί να προσβληθεί στα δικαστήρια."
		tr = "Ticaret Bakanlığı, tüketicileri yanıltıcı reklam yayımladığı için internet sitesi sahibine idari para cezası uygulanmasına karar verdi. Karara karşı süresi içinde yargı yoluna başvurulabilir, şirket açıklama yapmadı."
		he = "הרשות להגנת הצרכן הטילה קנס על בעל אתר מכירות באינטרנט שלא גילה לצרכנים את המחיר המלא ואת זכותם לבטל את העסקה. ההחלטה פורסמה היום וניתן לערער עליה בבית המשפט."
		ar = "فرضت هيئة حماية المستهلك غرامة على صاحب متجر إلكتروني لأنه لم يبلغ المستهلكين بحقهم في إرجاع السلعة. ونشر القرار اليوم ويمكن الطعن فيه أمام المحكمة المختصة خلال ثلاثين يوما."
		th = "สำนักงานคณะกรรมการคุ้มครองผู้บริโภคได้สั่งปรับเจ้าของร้านค้าออนไลน์ที่ไม่แจ้งราคาสินค้าให้ครบถ้วน และไม่รับคืนสินค้าตามที่กฎหมายกำหนด คำสั่งนี้สามารถอุทธรณ์ได้ภายในสามสิบวัน"
	)
	return []labelled{
		{"gbk", "www.sz.gov.cn", zh},
		{"gb18030", "a.example", zh + "𠮷"},
		{"gb2312", "shop.example", zh},
		{"big5", "www.gov.taipei", tw},
		{"big5", "www.ftc.gov.tw", tw},
		{"shift_jis", "www.caa.go.jp", ja},
		{"euc-jp", "a.co.jp", ja},
		{"iso-2022-jp", "b.jp", ja},
		{"euc-kr", "www.ftc.go.kr", ko},
		{"windows-1251", "a.ru", ru},
		{"koi8-r", "b.ru", ru},
		{"windows-1252", "a.de", de},
		{"iso-8859-1", "b.de", de},
		{"windows-1252", "a.fr", fr},
		{"iso-8859-2", "a.pl", pl},
		{"windows-1250", "b.pl", pl},
		{"windows-1253", "a.gr", strings.ReplaceAll(el, "Ά", "Α")},
		{"windows-1254", "a.tr", tr},
		{"windows-1255", "a.il", he},
		{"windows-1256", "a.sa", ar},
		{"windows-874", "a.th", th},
		{"utf-8", "a.cn", zh},
		{"utf-8", "a.kr", ko},
		{"utf-8", "a.ru", ru},
	}
}

// spelt are texts of our own in charsets of one byte a letter.
func spelt() []labelled {
	out := samples()
	const (
		cs = "Česká obchodní inspekce uložila provozovateli internetového obchodu pokutu, protože spotřebitelům neposkytl úplné údaje o ceně zboží. Rozhodnutí nabylo právní moci."
		hu = "A fogyasztóvédelmi hatóság bírságot szabott ki a webáruház üzemeltetőjére, mert nem közölte a vásárlókkal az elállási jogot. A döntés ellen fellebbezésnek nincs helye, űrlapot nem kell kitölteni."
		hr = "Državni inspektorat izrekao je novčanu kaznu vlasniku internetske trgovine koji potrošače nije obavijestio o pravu na raskid ugovora. Rješenje još nije pravomoćno, a tužba se može podnijeti."
		lt = "Tarnyba skyrė baudą elektroninės parduotuvės savininkui, nes jis nepateikė pirkėjams visos informacijos apie kainą ir teisę grąžinti prekę. Sprendimas gali būti skundžiamas teismui."
		lv = "Patērētāju tiesību aizsardzības centrs piemēroja sodu tīmekļa veikala īpašniekam, jo tas nesniedza pircējiem pilnīgu informāciju par cenu un atteikuma tiesībām. Lēmums ir pārsūdzams."
		bg = "Комисията наложи глоба на собственика на електронен магазин, който не е уведомил потребителите за правото им на отказ. Решението може да бъде обжалвано в съда."
		uk = "Служба наклала штраф на власника інтернет-магазину, який не повідомив споживачів про їхнє право повернути товар. Рішення ще не набрало чинності, його можна оскаржити."
		ro = "Autoritatea a amendat proprietarul magazinului fiindcă nu a informat cumpărătorii despre preţ şi despre dreptul de a returna produsul în termenul legal. Hotărârea poate fi atacată în instanţă."
		es = "La autoridad impuso una multa al dueño de la tienda, que no informó a los compradores sobre su derecho de desistimiento. La resolución aún no es firme y podrá recurrirse según la legislación española."
	)
	out = append(out, []labelled{
		{text: cs, charset: "windows-1250"},
		{text: cs, charset: "iso-8859-2"},
		{text: hu, charset: "windows-1250"},
		{text: hu, charset: "iso-8859-2"},
		{text: hr, charset: "windows-1250"},
		{text: hr, charset: "iso-8859-2"},
		{text: lt, charset: "windows-1257"},
		{text: lt, charset: "iso-8859-4"},
		{text: lv, charset: "windows-1257"},
		{text: lv, charset: "iso-8859-4"},
		{text: bg, charset: "windows-1251"},
		{text: bg, charset: "iso-8859-5"},
		{text: uk, charset: "windows-1251"},
		{text: uk, charset: "koi8-u"},
		{text: ro, charset: "windows-1250"},
		{text: es, charset: "windows-1252"},
	}...)
	for _, s := range samples() {
		switch s.charset {
		case "koi8-r":
			for _, name := range []string{"iso-8859-5", "ibm866", "x-mac-cyrillic"} {
				out = append(out, labelled{charset: name, text: s.text})
			}
		case "windows-1253":
			out = append(out, labelled{charset: "iso-8859-7", text: s.text}, labelled{charset: "windows-1253", text: "ΑΠΟΦΑΣΗ: " + s.text})
		case "windows-1255":
			out = append(out, labelled{charset: "iso-8859-8", text: s.text})
		}
	}
	return out
}

// Where neither a page nor its host tells, the letters do.
func TestTheLettersTellTheCharsetWhereNobodySays(t *testing.T) {
	for _, s := range spelt() {
		for _, text := range []string{s.text, "<!doctype html><html><head><title>x</title></head><body><a href=/>home</a><p>" + s.text + "</p></body></html>"} {
			body := in(t, s.charset, text)
			got := Decide("text/html", body, "", "")
			enc, err := htmlindex.Get(got.Name)
			if err != nil {
				t.Fatalf("%s: %+v: %v", s.charset, got, err)
			}
			if read, _ := enc.NewDecoder().Bytes(body); string(read) != text {
				t.Errorf("%s of %.30s: %+v", s.charset, s.text, got)
			}
		}
	}
}

// Databases hand out UTF-16 without its mark; what else has zero bytes is no
// text.
func TestUTF16WithoutItsMarkIsReadAndBytesAreNot(t *testing.T) {
	for _, s := range samples() {
		for _, name := range []string{"utf-16le", "utf-16be"} {
			if got := Decide("text/plain", in(t, name, "1. "+s.text+"\r\n"), "", ""); got.Name != name {
				t.Errorf("%s of %.20s: %+v", name, s.text, got)
			}
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		body := make([]byte, 16+2*random.IntN(500))
		for i := range body {
			body[i] = byte(random.Uint32())
		}
		body[1+random.IntN(len(body)-1)] = 0
		body[0] = 'x' // no known mark
		if got := Decide("application/octet-stream", body, "", ""); got.Name != "" {
			t.Fatalf("%x is taken for %s", body[:16], got.Name)
		}
	}
}

// A form is how a page says its charset, or does not, or lies about it.
type form struct {
	name, header, meta string
	times              int // the text is repeated in a page; -1: the bare text
}

func forms(label string) []form {
	own := `<meta http-equiv="Content-Type" content="text/html; charset=` + label + `">`
	return []form{
		{"said by the header", "text/html; charset=" + label, "", 4},
		{"said by the page", "text/html", own, 4},
		{"said by a short page", "text/html", own, 1},
		{"with a header that says UTF-8", "text/html; charset=utf-8", own, 4},
		{"with a header that says Latin-1, as Apache does", "text/html; charset=ISO-8859-1", own, 4},
		{"with a page that says UTF-8", "text/html; charset=" + label, `<meta charset="utf-8">`, 4},
		{"where both say UTF-8", "text/html; charset=utf-8", `<meta charset="utf-8">`, 4},
		{"said by nobody", "text/html", "", 4},
		{"said by nobody, of a short page", "text/html", "", 1},
		{"said by nobody, of a bare text", "text/plain", "", -1},
	}
}

// Of the labelled pages all are read, but for what no statistics of one page
// tell: iso-8859-2 from windows-1250, its neighbour, where nobody says which.
func TestLabelledPagesAreReadInEveryForm(t *testing.T) {
	right, all := 0, 0
	for _, s := range samples() {
		for _, f := range forms(s.charset) {
			text := s.text
			if f.times > 0 {
				text = "<!doctype html><html><head>" + f.meta + "<title>x</title></head><body><a href=/>home</a><p>" + strings.Repeat(text, f.times) + "</p></body></html>"
			}
			body := in(t, s.charset, text)
			got := Decide(f.header, body, "", s.host)
			enc, err := htmlindex.Get(got.Name)
			if err != nil {
				t.Fatalf("%+v: %v", got, err)
			}
			all++
			read, _ := enc.NewDecoder().Bytes(body)
			switch {
			case string(read) == text:
				right++
			case s.charset != "iso-8859-2":
				t.Errorf("%s of %s, %s: %+v", s.charset, s.host, f.name, got)
			}
			if got.Confidence <= 0 || got.Confidence > 1 || got.By == "guess" && got.Confidence > 0.9 {
				t.Errorf("%s, %s: confidence %v", s.charset, f.name, got.Confidence)
			}
		}
	}
	t.Logf("%d of %d", right, all)
	if 72*right < 70*all {
		t.Errorf("%d of %d were read", right, all)
	}
}
