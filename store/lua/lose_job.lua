-- ARGV: job id, problem as JSON, seconds an ended job is kept, and of write_failure.lua the seconds first, most and
-- remembered. Ends a job for which no worker answers any more (close_job.lua, here `close`) and leaves its failure
-- (write_failure.lua, here `note`) at every part that nobody has answered since it was asked for. In one step: who sees
-- the job ended reads at once, and what lands meanwhile is no failure.
if close({ARGV[1], '', 'failed', ARGV[2], 0, ARGV[3]}) == 0 then return 0 end
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
local job = 'ib:job:' .. ARGV[1]
local asked = tonumber(redis.call('HGET', job, 'enqueued_at'))
for _, key in ipairs(redis.call('HKEYS', job .. ':parts')) do
  local fetched = tonumber(redis.call('HGET', 'ib:snapshot:' .. key, 'fetched_at') or 0)
  -- What lies ahead is from before the clock was set back.
  if fetched < asked or fetched > now + 5 then note({key, ARGV[2], '', ARGV[4], ARGV[5], ARGV[6]}) end
end
return 1
