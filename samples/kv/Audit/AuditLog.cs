using System.Text;
using Rel4.Hosted.Supervision;

namespace Rel4.Samples.Kv.Audit;

/// <summary>Checks that each change is heard of once and in order, and counts them.</summary>
/// <param name="output">Takes what there is to tell.</param>
/// <param name="detail">Which changes to tell.</param>
internal sealed class AuditLog(TextWriter output, AuditDetail detail)
{
    private ulong _run;
    private ulong _told;

    /// <summary>Gets the number of the last change heard of in this run of the store.</summary>
    public ulong Last { get; private set; }

    /// <summary>Gets how many changes of this run were missed, or heard of twice.</summary>
    public ulong Irregularities { get; private set; }

    /// <summary>Gets whether there were changes since <see cref="Summarize"/>.</summary>
    public bool HasNews => Last != _told;

    /// <summary>Hears a message of the store.</summary>
    public void Take(ReadOnlySpan<byte> message)
    {
        if (!AuditMessage.TryRead(message, out ulong run, out ReadOnlySpan<byte> records))
        {
            output.WriteLine("a message makes no sense");
            return;
        }

        if (run != _run)
            Begin(run);
        while (WriteRecord.TryRead(ref records, out WriteRecord record, out ReadOnlySpan<byte> key))
            Take(record, key);
    }

    /// <summary>Tells how many changes there were, if there are new ones.</summary>
    public void Summarize()
    {
        if (!HasNews)
            return;
        _told = Last;
        output.WriteLine(Irregularities == 0 ? $"{Last} writes, in order" : $"{Last} writes, {Irregularities} lost or out of order");
    }

    private void Begin(ulong run)
    {
        Summarize();
        if (_run != 0)
            output.WriteLine("the store was started anew");
        (_run, _told, Last, Irregularities) = (run, 0, 0, 0);
    }

    private void Take(WriteRecord record, ReadOnlySpan<byte> key)
    {
        if (Last == 0 && record.Sequence > 1)
        {
            // The audit is the one that was started anew.
            output.WriteLine($"begins at write {record.Sequence}");
        }
        else if (record.Sequence != Last + 1)
        {
            Irregularities += record.Sequence > Last ? record.Sequence - Last - 1 : 1;
            output.WriteLine($"write {record.Sequence} follows {Last}");
        }

        Last = record.Sequence;
        if (detail == AuditDetail.All)
            output.WriteLine($"#{record.Sequence} {record.Operation} db{record.Database} {Show(record, key)} ({record.ValueLength} bytes)");
    }

    /// <remarks>Clients choose keys: a line feed in one would write a line of the log, and a control character command the terminal.</remarks>
    private static string Show(WriteRecord record, ReadOnlySpan<byte> key) =>
        PrintableText.Of(Encoding.UTF8.GetString(key)) + (key.Length < record.KeyLength ? "..." : "");
}

/// <summary>Names which changes the audit tells.</summary>
internal enum AuditDetail
{
    /// <summary>How many there were.</summary>
    Summary,

    /// <summary>Each.</summary>
    All,
}
