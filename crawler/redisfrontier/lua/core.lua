-- What every script begins with. KEYS[1] is the prefix of the shard, with its
-- hash tag. Times are microseconds by the server's clock: exact in a double,
-- but never to be joined to a string as they are, which would round them; as
-- an argument str writes them faster than Redis does.
local P = KEYS[1]
local call = redis.call
local T = call('TIME')
local NOW = T[1] * 1000000 + T[2]
local G, J, R, H
local function at(prefix) P, G, J, R, H = prefix, prefix .. 'g', prefix .. 'job', prefix .. 'ready', prefix .. 'h' end
at(P)
local pack, from = struct.pack, struct.unpack

local function num(x) return tonumber(x or 0) or 0 end
local function str(x) return string.format('%d', x) end
local function count(run, field, by)
  if by ~= 0 then call('HINCRBY', P .. 'run:' .. run, field, str(by)) end
end
