using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Rel4.Runtime;

/// <summary>Runs the coroutines of one thread: those that are ready by priority, and polls, spins or sleeps while none is.</summary>
/// <remarks>
/// <para>
/// It belongs to the thread that made it; every member is for that thread, but those that say otherwise. A coroutine is an async method
/// that was given to <see cref="Spawn(Func{ValueTask}, int)"/>. Coroutines run one at a time, from one <c>await</c> to the next, so what
/// only they touch needs no locks.
/// </para>
/// <para>
/// Priorities are strict: while a coroutine of priority p is ready, none of a higher number runs. One that is always ready, yielding or
/// not, starves all that come after it; within a priority turns are in order. Channels are served at least every
/// 128 continuations; timers, other threads' work and channels that were idle every sixteenth time of that,
/// whatever the priorities.
/// </para>
/// <para>
/// What the runtime lets a coroutine await comes back to this thread by itself and allocates nothing. An ordinary Task comes back through
/// the coroutine's synchronization context, at the cost of that Task's own allocations; <c>ConfigureAwait(false)</c> on a Task leaves the
/// executor.
/// </para>
/// </remarks>
public sealed partial class Executor
{
    /// <summary>The priority that runs before all others.</summary>
    public const int HighestPriority = 0;

    /// <summary>The priority that runs after all others.</summary>
    public const int LowestPriority = ReadyQueue.Priorities - 1;

    /// <summary>The priority of what names none.</summary>
    public const int DefaultPriority = 4;

    [PerThread]
    private static Executor? t_current;

    private readonly int _continuationsPerTurn;
    private readonly int _turnsUntilCold;

    private Executor(int continuationsPerTurn, int turnsUntilCold)
    {
        RequireNone();
        _continuationsPerTurn = continuationsPerTurn;
        _turnsUntilCold = turnsUntilCold;
        _waits = new CompletionPool<Nothing>(this);
        _yielding = new YieldSource(this);
        _outside = new Coroutine[ReadyQueue.Priorities];
        for (int priority = 0; priority < ReadyQueue.Priorities; priority++)
            _outside[priority] = new Coroutine(this, slot: -1, priority);
        _current = _outside[DefaultPriority];
        t_current = this;
    }

    /// <summary>Gets the executor of this thread, or null.</summary>
    public static Executor? Current => t_current;

    /// <summary>Gets the executor of this thread, which has one.</summary>
    internal static Executor Required
    {
        get
        {
            Executor? executor = t_current;
            if (executor is null)
                RefuseLackOfExecutor();
            return executor;
        }
    }

    /// <summary>Gets whether the caller is on the executor's thread. Any thread.</summary>
    public partial bool IsOwner { get; }

    /// <summary>Gets the number of the turn.</summary>
    internal long Turns => _turns;

    /// <summary>Makes sure that the caller is on the executor's thread: on another it would race with it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void RequireOwner()
    {
        if (!IsOwner)
            RefuseThread();
    }

    /// <summary>Makes a frame ready, which has an owner.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void MakeReady(CoFrame frame)
    {
        Debug.Assert(IsOwner, "Only its own thread makes an executor's coroutines ready.");
        _ready.Enqueue(frame, frame.Owner!.Priority);
    }

    /// <summary>Makes a frame ready, which counts as outstanding until it runs.</summary>
    internal void MakeReady(Coroutine owner, CoFrame frame)
    {
        owner.Outstanding++;
        frame.Owner = owner;
        MakeReady(frame);
    }

    /// <summary>Makes sure that the thread has no executor: it could not have another.</summary>
    internal static void RequireNone()
    {
        if (t_current is not null)
            Misuse.Throw("This thread has an executor already, of ReL4.Run for example: await the code, Spawn it on Executor.Current, or dispose of that one first.");
    }

    [DoesNotReturn]
    private static void RefuseLackOfExecutor() => Misuse.Throw(
        "An async method that returns a CoTask runs on the thread of an executor, and this one has none. Call it from a coroutine, or have it return a Task.");

    private static void RefuseThread() => Misuse.Throw(
        "This belongs to the thread of an executor, and the caller is on another, as after ConfigureAwait(false) or in Task.Run. Stay on the executor, "
        + "or hand the work over by Executor.Post.");

    private static void CheckPriority(int priority)
    {
        if (priority is < HighestPriority or > LowestPriority)
            Misuse.ThrowOutOfRange(nameof(priority), priority);
    }
}
