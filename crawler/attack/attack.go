// Package attack holds the crawler to what it promises of servers that attack
// it. It is tests only.
//
// Each attack is a server of ours on 127.0.0.1 that does one thing no honest
// server does, and a crawler in a process of its own: the real visitor with
// fetcher, robots, scope, frontier and archive, and nothing pinned, so that the
// address guard is on. Names resolve to public addresses; what would be sent
// there goes to the attacker, and is noted. Of each is wanted
//
//   - that nothing gets through: a victim listens beside it, on loopback, and no
//     connection may ever reach it; no page is kept that is none;
//   - that it costs little: the peak of the process's memory (VmHWM, by the
//     kernel) at most 64 MiB above what it was after an ordinary page, also for
//     an honest body of 31 MiB that nothing compresses;
//   - that it ends: no visit longer than its deadline and a second;
//   - that a reason is kept, the one that is due and in words.
package attack
