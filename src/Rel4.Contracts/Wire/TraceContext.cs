using System.Diagnostics;
using System.Text;

namespace Rel4.Contracts.Wire;

/// <summary>Writes and reads where a call belongs in a trace, as W3C's Trace Context has it, in binary.</summary>
/// <remarks>
/// <code>
///  0          16        24       25                27
/// ┌──────────┬─────────┬────────┬─────────────────┬───────────────────────────
/// │ trace id │ span id │ flags  │ length of state │ tracestate, 0 to 512 bytes
/// └──────────┴─────────┴────────┴─────────────────┴───────────────────────────
/// </code>
/// What a peer says is a claim: it is shown beside spans, and nothing is decided by it. A length that can't be is refused; ids of zero, and a state of other characters than W3C's, are left out.
/// </remarks>
internal static class TraceContext
{
    /// <summary>W3C's: the most that everybody passes on.</summary>
    private const int MostStateBytes = 512;

    private const int TraceIdBytes = 16, SpanIdBytes = 8;

    /// <summary>Writes the context of an activity of W3C's kind.</summary>
    public static void Write(ContractWriter writer, Activity activity)
    {
        Span<byte> ids = writer.GetSpan(TraceIdBytes + SpanIdBytes);
        activity.TraceId.CopyTo(ids[..TraceIdBytes]);
        activity.SpanId.CopyTo(ids[TraceIdBytes..(TraceIdBytes + SpanIdBytes)]);
        writer.Advance(TraceIdBytes + SpanIdBytes);
        writer.Write((byte)activity.ActivityTraceFlags);
        string state = activity.TraceStateString is { } given && given.Length <= MostStateBytes && Ascii.IsValid(given) ? given : "";
        writer.Write((ushort)state.Length);
        writer.Advance(Encoding.ASCII.GetBytes(state, writer.GetSpan(MostStateBytes)));
    }

    /// <summary>Reads a context, or passes over it.</summary>
    /// <param name="reader">Has failed then if there can be none.</param>
    /// <param name="isWanted">Whether anybody looks at it.</param>
    /// <returns>The context; null if it isn't wanted, or none.</returns>
    public static ActivityContext? Read(ref ContractReader reader, bool isWanted)
    {
        ReadOnlySpan<byte> ids = reader.ReadSpan(TraceIdBytes + SpanIdBytes);
        byte flags = reader.ReadByte();
        int length = reader.ReadUInt16();
        ReadOnlySpan<byte> state = reader.ReadSpan(length <= MostStateBytes ? length : int.MaxValue);
        bool hasIds = !reader.HasFailed && ids[..TraceIdBytes].ContainsAnyExcept((byte)0) && ids[TraceIdBytes..].ContainsAnyExcept((byte)0);
        if (!isWanted || !hasIds)
            return null;
        return new ActivityContext(
            ActivityTraceId.CreateFromBytes(ids[..TraceIdBytes]),
            ActivitySpanId.CreateFromBytes(ids[TraceIdBytes..]),
            (ActivityTraceFlags)flags & ActivityTraceFlags.Recorded,
            state.IsEmpty || state.ContainsAnyExceptInRange((byte)0x20, (byte)0x7E) ? null : Encoding.ASCII.GetString(state),
            isRemote: true);
    }
}
