using System.Diagnostics;
using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Samples.Kv.Audit;

/// <summary>Tells the audit of the store's changes.</summary>
/// <param name="audit">Where it listens.</param>
/// <param name="written">Is signalled when it has been told of some.</param>
/// <param name="writes">The changes.</param>
internal sealed class AuditClient(Endpoint audit, Notification written, WriteLog writes)
{
    private readonly ulong _run = (ulong)Stopwatch.GetTimestamp();
    private readonly ulong[] _words = new ulong[Limits.MessageWords];

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
}
