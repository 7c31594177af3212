using Rel4.Metal.User;

namespace Rel4.Runtime;

/// <content>What the executor asks of a task in ring 3. It has one thread, and time is the processor's time stamp counter.</content>
public sealed unsafe partial class Executor
{
    // Looks at the channels: several times what it takes to sleep and to be woken.
    private const int LongestSpin = 2000;

    private readonly TaskRuntime? _runtime;
    private readonly bool _maySpin;
    private ulong _rung;

    /// <summary>Makes the executor of a task whose work is all its own.</summary>
    public Executor()
        : this(continuationsPerTurn: 128, turnsUntilCold: 256)
    {
    }

    /// <summary>Makes it, with doorbells that come by user interrupts: it sleeps in the kernel while nobody rings.</summary>
    /// <param name="runtime">What joins it to the kernel.</param>
    /// <param name="processor">Where the thread runs, from 0.</param>
    /// <param name="maySpin">Whether there are others: who works on another one is waited for in ring 3.</param>
    internal Executor(TaskRuntime runtime, int processor, bool maySpin)
        : this()
    {
        _runtime = runtime;
        _maySpin = maySpin;
        _processor = processor;
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

    /// <summary>Runs until a coroutine has ended.</summary>
    internal void RunUntil(CoroutineId id)
    {
        LeaveCoroutine();
        while (IsAlive(id))
            TurnOrIdle();
        Flush();
    }

    private partial void RunGuarded(ref int left) => RunReady(ref left);

    /// <summary>Takes what comes to the endpoint that this task receives from, while it has other things to do.</summary>
    private partial bool TakeInjected() => _runtime is { } runtime && runtime.LookAtEndpoint();

    private partial ulong TakeRungDoorbells()
    {
        ulong rung = _rung | Interruptions.TakeArrived();
        _rung = 0;
        return rung == 0 || _runtime is not { } runtime ? rung : runtime.TakeSignals(rung);
    }

    /// <summary>Has signals that have arrived taken now.</summary>
    internal void TakeSignals() => TakeDoorbells();

    private partial void Idle()
    {
        if (_runtime is { } runtime)
        {
            if (!(_maySpin && Spin(runtime)) && CoolAll())
                Park(runtime);
            return;
        }

        // Whoever could bring something is this task itself, or its clock.
        if (CoolAll() && !LookAround() && _timers.Count == 0)
            Misuse.Throw("Coroutines wait for what nobody brings.");
    }

    /// <summary>Looks for as long as a peer may bring work from another processor, and not without end.</summary>
    /// <returns>Whether that found something.</returns>
    private bool Spin(TaskRuntime runtime)
    {
        for (int i = 0; i < LongestSpin && (runtime.WaitsForSignals || IsAnyPeerAwake(countsIdle: true)); i++)
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
    private void Park(TaskRuntime runtime)
    {
        Interruptions.Mask();
        _rung |= Interruptions.TakeArrived();
        if (_rung == 0 && _timers.Count == 0)
            _rung |= runtime.Sleep();

        Interruptions.Unmask();
        if (TakeDoorbells())
            PollHot();
        if (_timers.Count != 0)
            SeL4.Yield();
    }
}
