//! The scripts of `RedisStore`: each operation is one, which the server runs as a whole, by its own clock. Each may be
//! run twice with the same arguments, as when the first answer was lost: the second run changes nothing more.
//! Which keys they are given stands in `redis.rs`.

use std::sync::OnceLock;

use redis::Script;

/// Fencing numbers are kept for this long after they were last used, in milliseconds. Those that come after begin
/// with the time, and are greater.
pub(super) const MEMORY: u64 = 30 * 24 * 3600 * 1000;

/// Before every script: the time in milliseconds, and a fencing number of a hash. One beyond all that arithmetic
/// can tell from its successor was not written by a store; it counts as none.
const COMMON: &str = r"
local function clock()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function number(key, name)
  local found = tonumber(redis.call('HGET', key, name) or '0')
  if found and found >= 0 and found < 9007199254740991 then
    return found
  end
  return 0
end
";

/// A lock that has no life was not taken by a store, would never end, and counts as none. One with the same owner was
/// taken by the same call.
///
/// KEYS: lock, numbers. ARGV: owner, milliseconds to live, milliseconds that numbers are kept.
const LOCK: &str = r"
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  if redis.call('GET', KEYS[1]) ~= ARGV[1] and redis.call('PTTL', KEYS[1]) ~= -1 then
    return false
  end
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
local last = math.max(number(KEYS[2], 'handed'), number(KEYS[2], 'written'))
local fence = string.format('%.0f', math.max(clock(), last + 1))
redis.call('HSET', KEYS[2], 'handed', fence)
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return fence";

/// KEYS: lock. ARGV: owner.
const UNLOCK: &str = r"
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0";

/// `v` is the version of the format: a process that does not know it leaves the token alone.
///
/// KEYS: token, numbers. ARGV: fencing number, value, life in milliseconds, milliseconds that numbers are kept, a name
/// for this call, by which its second run is known.
const WRITE: &str = r"
if (redis.call('HGET', KEYS[1], 'v') or '1') ~= '1' then
  return redis.error_reply('FORMAT of another version')
end
if tonumber(ARGV[1]) <= number(KEYS[2], 'written') then
  return redis.call('HGET', KEYS[2], 'call') == ARGV[5] and 1 or 0
end
local now = string.format('%.0f', clock())
redis.call('HSET', KEYS[2], 'written', ARGV[1], 'call', ARGV[5])
redis.call('PEXPIRE', KEYS[2], math.max(tonumber(ARGV[3]), tonumber(ARGV[4])))
redis.call('DEL', KEYS[1])
if tonumber(ARGV[3]) > 0 then
  redis.call('HSET', KEYS[1], 'v', '1', 'value', ARGV[2], 'fence', ARGV[1], 'since', now)
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return 1";

/// KEYS: token. Value, fencing number, milliseconds left, milliseconds since it was written.
const READ: &str = r"
local found = redis.call('HMGET', KEYS[1], 'value', 'fence', 'since', 'v')
local left = redis.call('PTTL', KEYS[1])
if not found[1] or not found[2] or left <= 0 then
  return false
end
if (found[4] or '1') ~= '1' then
  return redis.error_reply('FORMAT of another version')
end
local now = clock()
return {found[1], found[2], left, math.max(0, now - tonumber(found[3] or now))}";

/// KEYS: token. ARGV: fencing number.
const DISCARD: &str = r"
if redis.call('HGET', KEYS[1], 'fence') == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0";

/// KEYS: the times of forced fetches. ARGV: interval in milliseconds, how many a day, a name for this call, under
/// which it is counted.
const FORCE: &str = r"
if redis.call('ZSCORE', KEYS[1], ARGV[3]) then
  return 1
end
local day = 24 * 3600 * 1000
local now = clock()
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - day)
local last = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')
if last[2] and now - tonumber(last[2]) < tonumber(ARGV[1]) then
  return 0
end
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then
  return 0
end
redis.call('ZADD', KEYS[1], now, ARGV[3])
redis.call('PEXPIRE', KEYS[1], day)
return 1";

/// The scripts, made once for all stores.
pub(super) struct Scripts {
    pub(super) lock: Script,
    pub(super) unlock: Script,
    pub(super) write: Script,
    pub(super) read: Script,
    pub(super) discard: Script,
    pub(super) force: Script,
}

impl Scripts {
    pub(super) fn get() -> &'static Self {
        static SCRIPTS: OnceLock<Scripts> = OnceLock::new();
        let script = |code: &str| Script::new(&format!("{COMMON}{code}"));
        SCRIPTS.get_or_init(|| Self {
            lock: script(LOCK),
            unlock: script(UNLOCK),
            write: script(WRITE),
            read: script(READ),
            discard: script(DISCARD),
            force: script(FORCE),
        })
    }
}
