using System.Runtime.CompilerServices;

namespace Rel4.Runtime;

/// <content>Turns: what is ready runs, then it is looked for more.</content>
public sealed partial class Executor
{
    // Doorbells, other threads' work and timers are looked at now and then, or when there is nothing else: that costs as much as several continuations.
    private const int TurnsPerLookAround = 16;

    // Methods that end one in another go on one in another's call, so that no more than these lie on the stack.
    private const int MostInOneCall = 64;

    private ReadyQueue _ready = new();
    private int _inCall;

    // Since its last step began; see HasAwaited.
    private bool _hasAwaited;
    private long _turns;
    private long _continuations;

    /// <summary>Runs steps by <see cref="RunReady(ref int)"/>, and counts one down where the machine stops it.</summary>
    private partial void RunGuarded(ref int left);

    /// <summary>Waits for something to do.</summary>
    private partial void Idle();

    /// <summary>Makes ready what other threads have handed over.</summary>
    /// <returns>Whether there was anything.</returns>
    private partial bool TakeInjected();

    /// <summary>Has the thread be a coroutine's before one of its steps.</summary>
    partial void Enter(Coroutine owner);

    /// <summary>Has the thread be no coroutine's.</summary>
    partial void Left();

    private void TurnOrIdle()
    {
        if (!Turn() && !LookAround())
            Idle();
    }

    /// <summary>Runs what is ready, publishes what it wrote, and looks for more where most comes from.</summary>
    /// <returns>Whether anything was done or is ready.</returns>
    private bool Turn()
    {
        _turns++;
        bool worked = RunReady();
        Flush();
        worked |= PollHot();
        if (_turns % TurnsPerLookAround == 0)
            worked |= LookAround();
        if (_turns % TurnsPerCooling == 0)
            CoolIdle();
        return worked || !_ready.IsEmpty;
    }

    /// <summary>Looks for what comes seldom.</summary>
    /// <returns>Whether anything was found, or is ready: sockets make it so without a doorbell's bit.</returns>
    private bool LookAround() => TakeDoorbells() | TakeInjected() | RunTimers() | !_ready.IsEmpty;

    private bool RunReady()
    {
        if (_ready.IsEmpty)
            return false;
        int left = _continuationsPerTurn;
        while (left > 0 && !_ready.IsEmpty)
            RunGuarded(ref left);
        _continuations += _continuationsPerTurn - left;
        LeaveCoroutine();
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void RunReady(ref int left)
    {
        for (; left > 0 && !_ready.IsEmpty; left--)
            Resume(_ready.Dequeue());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Resume(CoFrame frame)
    {
        Coroutine owner = frame.Owner!;
        _current = owner;
        _hasAwaited = false;
        _inCall = 0;
        Enter(owner);
        owner.Outstanding--;
        if (owner.HasEnded)
            ResumeLeftover(frame, owner);
        else
            frame.MoveNext();
    }

    /// <summary>Runs what a coroutine left behind when it ended, and frees its slot after the last of that.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ResumeLeftover(CoFrame frame, Coroutine owner)
    {
        try
        {
            frame.MoveNext();
        }
        finally
        {
            ReturnCoroutine(owner);
        }
    }

    private void LeaveCoroutine()
    {
        _hasAwaited = false;
        _current = _outside[DefaultPriority];
        Left();
    }
}
