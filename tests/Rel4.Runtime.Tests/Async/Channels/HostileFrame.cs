using System.Buffers.Binary;
using Rel4.Abi;

namespace Rel4.Runtime.Tests.Async.Channels;

/// <summary>Writes into a frame past the rules, as a hostile owner may.</summary>
internal static unsafe class HostileFrame
{
    /// <summary>Writes a header where a record of the ring would begin.</summary>
    public static void Put(this SharedFrame frame, RecordHeader header, int line = 0) =>
        BinaryPrimitives.WriteUInt64LittleEndian(frame.Line(line), header.Raw);

    /// <summary>Writes a first fragment.</summary>
    public static void Begin(this SharedFrame frame, RecordKind kind, ulong total, int length, int line = 0, uint id = 0)
    {
        frame.Put(new RecordHeader(kind, RecordPart.First, id, 0, length), line);
        BinaryPrimitives.WriteUInt64LittleEndian(frame.Line(line)[8..], total);
    }
}
