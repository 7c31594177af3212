using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Kernel;
using Rel4.Runtime;
using Rel4.Sim;
using ThreadState = Rel4.Kernel.ThreadState;

namespace Rel4.Testing;

/// <summary>A thread of .NET that is one of the kernel's: its system calls enter the kernel core, and where it waits there it gives its turn away.</summary>
internal sealed unsafe class TestThread : ThreadMachine
{
    // A thread that is to end is refused what it asks for; one that asks again and again is left where it is.
    private const int MostRefusals = 100;

    private readonly TestSystem _system;
    private readonly TestMachine? _machine;
    private readonly Tcb* _tcb;
    private int _refusals;

    /// <summary>Makes one.</summary>
    /// <param name="system">The system.</param>
    /// <param name="machine">The machine of its task; null for the supervisor, which never waits.</param>
    /// <param name="tcb">The kernel's thread.</param>
    /// <param name="cptr">Where its capability lies in its own CNode.</param>
    /// <param name="turn">Its place among those that take turns.</param>
    public TestThread(TestSystem system, TestMachine? machine, Tcb* tcb, ulong cptr, Turn turn)
    {
        _tcb = tcb;
        (_system, _machine, CPtr, Turn) = (system, machine, cptr, turn);
    }

    /// <summary>Gets the thread that runs; null if it is none of a test system's.</summary>
    public static TestThread? Current => ThreadMachine.OfThread as TestThread;

    public TestSystem System => _system;

    public ulong CPtr { get; }

    public Turn Turn { get; }

    public Tcb* Tcb => _tcb;

    public TestMachine? Machine => _machine;

    /// <inheritdoc/>
    public override IpcBuffer* Buffer => HasEnded ? null : Message.Buffer(_tcb, CapRights.ReadWrite);

    private bool HasEnded => Turn.MustEnd || Turn.IsDead || _system.HasEnded;

    // Behind the instruction that trapped; one that has to repeat it is there again.
    private bool IsDone => _tcb->State == ThreadState.Running && _tcb->Context.Rip != _tcb->FaultIP;

    /// <summary>Has the calling thread be this one until it is another.</summary>
    public void Enter(TaskManifest? manifest)
    {
        ThreadMachine.OfThread = this;
        Outside.OfFlow = _system.Turns.Outside;
        AsyncMachine.OfThread = _machine;
        TaskContext.SetThread(manifest);
    }

    /// <summary>Has the calling thread be none of a test system's.</summary>
    public static void Exit()
    {
        ThreadMachine.OfThread = null;
        Outside.OfFlow = null;
        AsyncMachine.OfThread = null;
        TaskContext.SetThread(null);
    }

    /// <summary>Waits its turn until something holds, or is due.</summary>
    /// <exception cref="KernelEndedException">The system has ended.</exception>
    public void Wait(string what, Func<bool> canGoOn, long due = long.MaxValue, Func<bool>? isProgress = null)
    {
        if (HasEnded)
            CountRefusal();
        else
            _system.Turns.Wait(Turn, what, canGoOn, due, isProgress: isProgress);
        if (HasEnded)
            throw new KernelEndedException();
    }

    /// <inheritdoc/>
    public override void Trap(TrapFrame* frame)
    {
        if (HasEnded)
        {
            CountRefusal();
            frame->Status = TrapStatus.KernelEnded;
            return;
        }

        _machine?.DoDeferred();
        CallRegisters.Load(_tcb, frame);
        *SimReport.Of(_tcb) = TrapStatus.Completed;
        _system.Kernel.Trap(_tcb);
        while (!IsDone)
        {
            if (_tcb->IsRunnable)
            {
                _system.Kernel.Trap(_tcb);
                continue;
            }

            _system.Turns.Wait(Turn, $"waits in {frame->Number} on {AsyncMachine.Describe("capability", frame->Capability)}", () => _tcb->IsRunnable);
            if (HasEnded)
            {
                frame->Status = TrapStatus.KernelEnded;
                return;
            }
        }

        frame->Status = *SimReport.Of(_tcb);
        CallRegisters.Store(_tcb, frame);
        if (frame->Number == Syscall.Yield && _machine is not null)
            _system.Turns.Wait(Turn, "yields", static () => true);
    }

    private void CountRefusal()
    {
        if (!Turn.MustEnd || ++_refusals < MostRefusals)
            return;
        // For ever. Background threads keep no process alive.
        _system.Turns.Leave(Turn);
        Turn.Go.Wait();
    }
}
