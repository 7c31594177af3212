using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.TaskSide;

namespace Rel4.Hosted.Tests.Bounds;

/// <summary>Lays out the frame through which the test tells attackers when to attack, and the pair tells how fast it is.</summary>
[InlineArray(Words)]
internal struct AttackBoard
{
    /// <summary>The name of the grant.</summary>
    public const string Name = "board";

    private const int Words = 64;
    private const int CallsWord = 0, AttackersWord = 16;

    private ulong _word;

    /// <summary>Gets the calls that the pair has made.</summary>
    public static ref ulong Calls(ref AttackBoard board) => ref board[CallsWord];

    /// <summary>Gets how many of the attackers attack.</summary>
    public static ref ulong Attackers(ref AttackBoard board) => ref board[AttackersWord];

    /// <summary>Maps it into the calling task.</summary>
    public static ref AttackBoard Map()
    {
        Span<byte> memory = CurrentTask.Map(TaskContext.Frame(Name).CPtr, TaskContext.VSpace.CPtr, CapRights.ReadWrite);
        return ref MemoryMarshal.AsRef<AttackBoard>(memory);
    }
}
