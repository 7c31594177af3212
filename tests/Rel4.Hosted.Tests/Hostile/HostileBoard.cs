using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.TaskSide;
using Rel4.Hosted.Tests.Async;

namespace Rel4.Hosted.Tests.Hostile;

/// <summary>Lays out the frame in which the test says when to attack, and the others say how they fare.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct HostileBoard
{
    /// <summary>The name of the grant.</summary>
    public const string Name = "board";

    /// <summary>How many bystanders there can be.</summary>
    public const int MostLines = 4;

    /// <summary>Other than 0 as soon as attackers are to attack.</summary>
    public ulong Begun;

    /// <summary>What attackers have done so far, in steps of their own.</summary>
    public long Steps;

    /// <summary>What the victim holds.</summary>
    public ProcessHoldings Victim;

    private static HostileBoard* s_attackers;

    private BystanderLines _lines;

    /// <summary>Maps it into the calling task.</summary>
    public static HostileBoard* Map()
    {
        Span<byte> memory = CurrentTask.Map(TaskContext.Frame(Name).CPtr, TaskContext.VSpace.CPtr, CapRights.ReadWrite);
        return (HostileBoard*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(memory));
    }

    /// <summary>Waits, as an attacker, until it is to attack.</summary>
    public static void AwaitAttack()
    {
        HostileBoard* board = Map();
        while (Volatile.Read(ref board->Begun) == 0)
            Thread.Sleep(1);
        s_attackers = board;
    }

    /// <summary>Notes, as an attacker, that another step was made.</summary>
    public static void NoteStep() => Interlocked.Increment(ref s_attackers->Steps);

    /// <summary>Gets a bystander's line.</summary>
    public static BystanderLine* LineOf(HostileBoard* board, int number) => (BystanderLine*)&board->_lines + number;

    [InlineArray(MostLines)]
    private struct BystanderLines
    {
        private BystanderLine _line;
    }
}
