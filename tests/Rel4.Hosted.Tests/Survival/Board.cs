using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.TaskSide;

namespace Rel4.Hosted.Tests.Survival;

/// <summary>Lays out the frame on which the test tells tasks what to do, and they tell how far they are. It outlives them.</summary>
[InlineArray(Words)]
internal struct Board
{
    /// <summary>The name of the grant.</summary>
    public const string Name = "board";

    /// <summary>How many tasks are killed.</summary>
    public const int Victims = 2;

    private const int Words = 64;
    private const int SteadyWord = 0, AnsweredWord = 1, AbandonedWord = 8, OrderWord = 16, ReachedWord = 24;

    private ulong _word;

    /// <summary>Gets the calls that were answered in the pair that has nothing to do with the killing.</summary>
    public static ref ulong Steady(ref Board board) => ref board[SteadyWord];

    /// <summary>Gets the calls that victims answered.</summary>
    public static ref ulong Answered(ref Board board) => ref board[AnsweredWord];

    /// <summary>Gets how many calls of a victim's caller ended because it died.</summary>
    public static ref ulong Abandoned(ref Board board, int victim) => ref board[AbandonedWord + victim];

    /// <summary>Gets the <see cref="KillPoint"/> that a victim's next life goes to.</summary>
    public static ref ulong Order(ref Board board, int victim) => ref board[OrderWord + victim];

    /// <summary>Gets whether a victim's present life has come to its order.</summary>
    public static ref ulong Reached(ref Board board, int victim) => ref board[ReachedWord + victim];

    /// <summary>Maps it into the calling task.</summary>
    public static ref Board Map()
    {
        Span<byte> memory = CurrentTask.Map(TaskContext.Frame(Name).CPtr, TaskContext.VSpace.CPtr, CapRights.ReadWrite);
        return ref MemoryMarshal.AsRef<Board>(memory);
    }
}
