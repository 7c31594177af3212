using Rel4.Metal.User;

namespace Rel4.Runtime;

/// <content>What the executor asks of a task in ring 3. It has one thread, and time is the processor's time stamp counter.</content>
public sealed unsafe partial class Executor
{
    // Looks at the channels: several times what it takes to sleep and to be woken.
    private const int LongestSpin = 2000;

    private readonly ulong _bell;
    private readonly bool _maySpin;
    private ulong _rung;

    /// <summary>Makes the executor of this task.</summary>
    public Executor()
        : this(continuationsPerTurn: 128, turnsUntilCold: 256)
    {
    }

    /// <summary>Makes it, with doorbells that come by user interrupts: it sleeps in the kernel while nobody rings.</summary>
    /// <param name="bell">A notification that this thread is the receiver of, with a handler.</param>
    /// <param name="processor">Where the thread runs, from 0: a peer that works on another one is waited for in ring 3. −1 where there is no other.</param>
    public Executor(ulong bell, int processor)
        : this()
    {
        _bell = bell;
        _maySpin = processor >= 0;
        _processor = Math.Max(processor, 0);
    }

    /// <inheritdoc/>
    public partial bool IsOwner => true;

    private partial long Now => (long)TaskCode.Timestamp();

    /// <summary>Makes a coroutine that is ready to run an async method with an argument.</summary>
    /// <param name="method">The method.</param>
    /// <param name="state">The argument.</param>
    /// <param name="priority">0 to 7, 0 first.</param>
    /// <returns>Its id.</returns>
    public CoroutineId Spawn<TState>(delegate*<TState, CoTask> method, TState state, int priority = DefaultPriority)
    {
        CheckPriority(priority);
        return Begin(CoroutineBody<TState>.Rent(method, state), priority);
    }

    /// <summary>Has this executor look at what is bound to a doorbell.</summary>
    internal void Ring(int doorbell) => _rung |= 1UL << doorbell;

    /// <summary>Waits until a coroutine has ended.</summary>
    public CoTask Join(CoroutineId id) => TryJoin(id) is { } end ? new CoTask(end) : CoTask.CompletedTask;

    /// <summary>Waits for a number of ticks of the time stamp counter.</summary>
    public CoTask Delay(long ticks)
    {
        Completion<Nothing> wait = _waits.Rent();
        wait.SucceedAt(Now + ticks);
        return new CoTask(wait);
    }

    /// <summary>Waits until somebody wakes the running coroutine by its id.</summary>
    public CoTask Suspend() => new(BeginSuspension(RequireSuspendable()));

    /// <summary>Runs until every coroutine has ended.</summary>
    /// <param name="besides">How many may be left, as servers are that never end.</param>
    public void RunUntilComplete(int besides = 0)
    {
        LeaveCoroutine();
        while (_alive > besides)
            TurnOrIdle();
    }

    private partial void RunGuarded(ref int left) => RunReady(ref left);

    private partial bool TakeInjected() => false;

    private partial ulong TakeRungDoorbells()
    {
        ulong rung = _rung | Interruptions.TakeArrived();
        _rung = 0;
        return rung;
    }

    private partial void Idle()
    {
        if (_bell != 0)
        {
            if (!(_maySpin && Spin()) && CoolAll())
                Park();
            return;
        }

        // Whoever could bring something is this task itself, or its clock.
        if (CoolAll() && !LookAround() && _timers.Count == 0)
            Misuse.Throw("Coroutines wait for what nobody brings.");
    }

    /// <summary>Looks for as long as a peer may bring work from another processor, and not without end.</summary>
    /// <returns>Whether that found something.</returns>
    private bool Spin()
    {
        for (int i = 0; i < LongestSpin && IsAnyPeerAwake(countsIdle: true); i++)
        {
            if (PollHot() || LookAround())
                return true;
        }

        return false;
    }

    /// <summary>Sleeps until a doorbell rings.</summary>
    /// <remarks>
    /// Masked before it looks: what comes between the look and the kernel's own would be the handler's, and the thread would sleep over it (<c>spec/protocols/upid.pml</c>).
    /// While a timer runs, which nothing here would wake for, others have the processor instead.
    /// </remarks>
    private void Park()
    {
        Interruptions.Mask();
        _rung |= Interruptions.TakeArrived();
        if (_rung == 0 && _timers.Count == 0)
        {
            SeL4.Wait(_bell, out ulong word);
            _rung |= word;
        }

        Interruptions.Unmask();
        if (_timers.Count != 0)
            SeL4.Yield();
    }
}
