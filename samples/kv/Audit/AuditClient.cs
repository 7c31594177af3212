using System.Diagnostics;
using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Samples.Kv.Audit;

/// <summary>Tells the audit of the store's changes.</summary>
/// <param name="audit">Where it listens.</param>
/// <param name="written">Is signalled when it has been told of some.</param>
/// <param name="writes">The changes.</param>
internal sealed class AuditClient(EndpointCap audit, NotificationCap written, WriteLog writes)
{
    /// <summary>The store waits for the audit when so many bytes are untold: it may be late, but not for ever.</summary>
    private const int MostUntold = 16 << 20;

    /// <summary>The bytes of one message: a command may change as many keys as there are.</summary>
    private const int MostTold = 1 << 20;

    private static readonly TimeSpan s_wait = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan s_retryDelay = TimeSpan.FromMilliseconds(10);

    private readonly ulong _run = (ulong)Stopwatch.GetTimestamp();
    private readonly ulong[] _words = new ulong[Limits.MessageWords];
    private bool _isTelling;

    /// <summary>Tells of the changes since the last time. Waits until the audit has heard them.</summary>
    public void Tell()
    {
        ReadOnlySpan<byte> records = writes.Records.Span;
        if (records.IsEmpty)
            return;
        while (!records.IsEmpty)
        {
            int length = WriteRecord.LengthOfSome(records, AuditMessage.Capacity);
            audit.Send(0, AuditMessage.Write(_words, _run, records[..length]));
            records = records[length..];
        }

        writes.Clear();
        written.Signal();
    }

    /// <summary>Lets a coroutine tell of the changes, and waits only if it is far behind.</summary>
    public async ValueTask TellAsync()
    {
        if (!_isTelling && !writes.Records.IsEmpty)
        {
            _isTelling = true;
            Executor.Current!.Spawn(TellAllAsync);
        }

        while (writes.Records.Length > MostUntold)
            await Executor.Current!.Delay(s_wait);
    }

    private async ValueTask TellAllAsync()
    {
        while (!writes.Records.IsEmpty)
        {
            // One message tells of many: to wake the audit for each costs more than to carry the change out.
            await Executor.Current!.Delay(s_wait);
            for (ReadOnlyMemory<byte> records = writes.Take(), some; !records.IsEmpty; records = records[some.Length..])
            {
                some = records[..WriteRecord.LengthOfSome(records.Span, MostTold)];
                await TellSomeAsync(some);
            }

            written.SignalUser();
        }

        _isTelling = false;
    }

    private async ValueTask TellSomeAsync(ReadOnlyMemory<byte> records)
    {
        try
        {
            await audit.SendAsync(
                label: 0,
                AuditMessage.HeaderSize + records.Length,
                (_run, records),
                static (place, a) => AuditMessage.Write(place, a._run, a.records.Span));
        }
        catch (Exception failure) when (failure is not KernelEndedException)
        {
            // The next audit sees by the numbers what this one has missed. Whatever has failed, the store goes on.
            Console.Error.WriteLine($"the audit missed some writes: {failure.Message}");
            await Executor.Current!.Delay(s_retryDelay);
        }
    }
}
