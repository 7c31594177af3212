using System.Diagnostics;

namespace Rel4.Contracts.Wire;

/// <summary>The first bytes of each message to a contract's server, and of each call of a callback.</summary>
/// <remarks>
/// <code>
///  0        1       2          4            8           12             20              28
/// ┌─────────┬───────┬──────────┬────────────┬───────────┬──────────────┬───────────────┬───────────────┬───────────────
/// │ version │ flags │ 0        │ contract   │ method    │ call number, │ deadline,     │ trace context,│ arguments
/// │ 1       │ kind  │          │            │           │ if flagged   │ if flagged    │ if flagged    │
/// └─────────┴───────┴──────────┴────────────┴───────────┴──────────────┴───────────────┴───────────────┴───────────────
/// </code>
/// All little-endian. The kind is the lower four bits of the flags. The deadline is in milliseconds of the machine's clock
/// (<see cref="Environment.TickCount64"/>), which all of its processes share. The trace is a <see cref="TraceContext"/>.
/// </remarks>
internal readonly struct MessageHeader
{
    public const byte CurrentVersion = 1;

    /// <summary>The bytes of one with a number, and without a deadline and a trace.</summary>
    public const int NumberedBytes = 20;

    private const byte KindMask = 0x0F, HasNumber = 0x10, HasDeadline = 0x20, HasTrace = 0x40, Known = KindMask | HasNumber | HasDeadline | HasTrace;

    // Boxed, as it is large and seldom there.
    private readonly object? _trace;

    private MessageHeader(byte flags, uint contract, uint method, ulong number, long deadline, object? trace) =>
        (Kind, Contract, Method, Number, Deadline, _trace) = ((MessageKind)(flags & KindMask), contract, method, number, deadline, trace);

    public MessageKind Kind { get; }

    public uint Contract { get; }

    public uint Method { get; }

    /// <summary>Gets the number of the call among those of its badge; 0 for one that no other message is about.</summary>
    public ulong Number { get; }

    /// <summary>Gets when the call is to end; 0 for no limit.</summary>
    public long Deadline { get; }

    /// <summary>Gets whose child the call says that it is; the default value if it says nothing, or nobody traces here.</summary>
    public ActivityContext Trace => _trace is ActivityContext trace ? trace : default;

    public static void Write(ContractWriter writer, MessageKind kind, uint contract, uint method, ulong number, long deadline, Activity? trace = null)
    {
        bool hasTrace = trace is { IdFormat: ActivityIdFormat.W3C };
        byte flags = (byte)((byte)kind | (number != 0 ? HasNumber : 0) | (deadline != 0 ? HasDeadline : 0) | (hasTrace ? HasTrace : 0));
        writer.Write(CurrentVersion | ((uint)flags << 8));
        writer.Write(contract);
        writer.Write(method);
        if (number != 0)
            writer.Write(number);
        if (deadline != 0)
            writer.Write(deadline);
        if (hasTrace)
            TraceContext.Write(writer, trace!);
    }

    /// <summary>Makes the header of a numbered call, cut behind the number, the cancellation of that call.</summary>
    public static void MakeCancel(Span<byte> header) => header[1] = (byte)MessageKind.Cancel | HasNumber;

    /// <summary>Reads one.</summary>
    /// <returns>Null if there is one; else why not.</returns>
    public static ContractRefusal? TryRead(ref ContractReader reader, out MessageHeader header)
    {
        header = default;
        uint first = reader.ReadUInt32();
        if (reader.HasFailed)
            return ContractRefusal.Malformed;
        if ((byte)first != CurrentVersion)
            return ContractRefusal.Version;
        byte flags = (byte)(first >> 8);
        uint contract = reader.ReadUInt32(), method = reader.ReadUInt32();
        ulong number = (flags & HasNumber) != 0 ? reader.ReadUInt64() : 0;
        long deadline = (flags & HasDeadline) != 0 ? reader.ReadInt64() : 0;
        object? trace = (flags & HasTrace) != 0 ? TraceContext.Read(ref reader, ContractActivities.AreWanted) : null;
        if (reader.HasFailed || first >> 16 != 0 || (flags & ~Known) != 0)
            return ContractRefusal.Malformed;
        header = new MessageHeader(flags, contract, method, number, deadline, trace);
        return null;
    }
}
