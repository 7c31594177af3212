using System.Runtime.InteropServices;

namespace Rel4.Abi;

/// <summary>Counts what one side of a channel has done. Its owner's executor writes it; whoever reads it is a moment late, and decides nothing by it.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ChannelCounters
{
    /// <summary>Records written, without pads.</summary>
    public long RecordsWritten;

    /// <summary>Records read, without pads.</summary>
    public long RecordsRead;

    /// <summary>Times the peer's doorbell was rung.</summary>
    public long DoorbellsRung;

    /// <summary>Looks at the peer's status that found no need to ring.</summary>
    public long DoorbellsElided;

    /// <summary>Writes that found no room.</summary>
    public long RefusedForRoom;

    /// <summary>Times this side told its peer that it no longer looks.</summary>
    public long Parks;

    /// <summary>Lines written, pads included, as of the last flush.</summary>
    public ulong LinesWritten;

    /// <summary>Calls that this side has made and that have no reply yet, as of its last flush.</summary>
    public long CallsOpen;
}
