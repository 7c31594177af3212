using System.Collections.Concurrent;
using System.Globalization;
using Rel4.Runtime;

namespace Rel4.Nats.Tests;

/// <summary>Calls with numbers, and what became of each.</summary>
/// <param name="seed">What the calls follow from.</param>
internal sealed class AuditedCalls(int seed)
{
    private readonly ConcurrentDictionary<long, Outcome> _outcomes = [];
    private long _last, _begun, _ended;

    /// <summary>What a client knows of a call.</summary>
    public enum Outcome
    {
        /// <summary>It has a reply.</summary>
        Replied,

        /// <summary>It was told that nobody has carried it out.</summary>
        NotCarriedOut,

        /// <summary>It was told that this is unknown; or it was a send.</summary>
        Unknown,
    }

    /// <summary>Gets how many have not ended.</summary>
    public long UnderWay => Interlocked.Read(ref _begun) - Interlocked.Read(ref _ended);

    /// <summary>Gets how many have ended so.</summary>
    public int Count(Outcome outcome) => _outcomes.Values.Count(each => each == outcome);

    /// <summary>Takes note of what became of a call.</summary>
    public void Record(long number, Outcome outcome) => _outcomes[number] = outcome;

    /// <summary>Calls, one after another, until it is told to stop.</summary>
    public async Task CallAsync(EndpointCap store, int worker, CancellationToken stop)
    {
        var random = new Random(HashCode.Combine(seed, worker));
        while (!stop.IsCancellationRequested)
        {
            bool isLong = random.Next(60) == 0;
            int length = random.Next(AuditPrograms.HeaderBytes, isLong ? 3 << 20 : 3000), replyLength = random.Next(8, isLong ? 3 << 20 : 3000);
            int pauseMs = random.Next(20) == 0 ? random.Next(300) : 0;
            bool isSend = random.Next(20) == 0;
            long number = Interlocked.Increment(ref _last);
            byte[] request = AuditPrograms.Request(number, pauseMs, replyLength, length);
            Interlocked.Increment(ref _begun);
            try
            {
                if (isSend)
                {
                    await store.SendAsync(Programs.Note, request, CancellationToken.None);
                    Record(number, Outcome.Unknown);
                }
                else
                {
                    using IpcResponse response = await store.CallAsync(Programs.Echo, request, CancellationToken.None);
                    Assert.True(AuditPrograms.IsReplyTo(number, replyLength, response.Payload), $"call {number} has another's reply");
                    Record(number, Outcome.Replied);
                }
            }
            catch (Rel4Exception error)
            {
                Record(number, error.MayHaveActed ? Outcome.Unknown : Outcome.NotCarriedOut);
                await Task.Delay(50, CancellationToken.None);
            }
            finally
            {
                Interlocked.Increment(ref _ended);
            }

            await Task.Delay(random.Next(10), CancellationToken.None);
        }
    }

    /// <summary>Looks whether each call was carried out as its client was told.</summary>
    /// <param name="lines">What servers have written.</param>
    /// <returns>What is wrong.</returns>
    public IReadOnlyList<string> Audit(IEnumerable<string> lines)
    {
        Dictionary<long, int> times = lines
            .Where(line => line.StartsWith(AuditPrograms.Did, StringComparison.Ordinal))
            .Select(line => long.Parse(line.AsSpan(AuditPrograms.Did.Length), CultureInfo.InvariantCulture))
            .GroupBy(number => number)
            .ToDictionary(group => group.Key, group => group.Count());
        List<string> wrong = [.. times.Where(entry => entry.Value > 1).Select(entry => $"call {entry.Key} was carried out {entry.Value} times")];
        foreach ((long number, Outcome outcome) in _outcomes)
        {
            bool isCarriedOut = times.ContainsKey(number);
            if (outcome == Outcome.Replied && !isCarriedOut)
                wrong.Add($"call {number} has a reply, and nobody carried it out");
            if (outcome == Outcome.NotCarriedOut && isCarriedOut)
                wrong.Add($"call {number} was carried out, and its client told that it was not");
        }

        return wrong;
    }
}
