// Package resolve turns records into facts and entities, in whatever order
// they came (MODEL 1 to 5).
//
// It has two halves. The pure half is [Resolve]: a set of record histories, of
// people's decisions and of complete searches of the register goes in,
// entities and facts come out; a permutation of the set changes nothing, and
// parts of the set that share no token can be resolved apart (see [State.Tokens]).
// The other half, [Store], keeps the histories in SQLite and resolves again
// what a closed run or a decision touched, and only that.
//
// What it means, for everybody who works out the same by other ways:
//
//   - An entity stands on an anchor: USCC, else organisation code, else
//     registration number, else the shop. A weaker identifier joins the one
//     anchor that it is stated beside by a subject; beside two it is contested
//     and joins nothing. A USCC states the organisation code inside it.
//   - A record with a name alone attaches where an identified record has the
//     same decision key and folded name; else where a complete search of a
//     register that tells former names shows one bearer on the document's
//     date; else it is a mention. Names of natural persons attach nothing.
//   - A record whose name its registered entity never bore is held: it is in
//     no fact, and it counts as undecided for the looks of its source.
//   - The key of an event is deciding authority and number, folded; of a
//     court's document the case number alone, which names its court; without a
//     number, or with a masked one, source and publisher's key. The key of a
//     standing is its number, else its date, else nothing.
//   - Where sources differ, those that still publish come first, then the
//     higher precedence, then the source id. Of two amounts that differ by
//     10,000 the larger is shown and a person asked.
//   - Absent: two complete runs in a row with one scope digest that both
//     started after the last sighting by any run. The first of them dates it.
//   - Reviews and complaints of a shop belong to whoever held it on their date;
//     before its first known operator they belong to nobody.
//   - An appeal supersedes the judgment below from its own date. Upheld or
//     withdrawn, it carries the outcome and amount of the one below, so that
//     the pair counts once.
//
// Two things are meant a little otherwise than MODEL 1 writes them, and why:
// versions are ordered by the time of the capture alone, since runs overlap
// and their names carry no order; and a court's case number is its decision
// key without the court's name, since it names the court itself and some
// sources leave the name out.
//
// A rebuild hands in the same sightings and closings again, the sightings of a
// run before its closing; those of later runs may come early, in any order.
//
// It refuses to guess: what could be one of two is contested, held or a
// mention, and waits for a person or for more evidence.
package resolve
