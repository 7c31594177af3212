using System.Runtime.ExceptionServices;
using Rel4.Abi;
using Rel4.Kernel;
using Rel4.Sim;
using Rel4.Testing;
using KernelTcb = Rel4.Kernel.Tcb;
using ThreadState = Rel4.Kernel.ThreadState;

namespace Rel4.Runtime.Tests;

/// <summary>
/// Is a thread of a <see cref="SimWorld"/>: its traps enter the kernel core, and block the OS thread for as long as it is blocked there.
/// </summary>
internal sealed unsafe class SimThread(SimWorld world, KernelTcb* tcb) : ITestMachine
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly KernelTcb* _tcb = tcb;
    private Thread? _thread;
    private ExceptionDispatchInfo? _failure;

    public IpcBuffer* Buffer => Message.Buffer(_tcb, CapRights.ReadWrite);

    public void Trap(TrapFrame* frame)
    {
        lock (world.Gate)
        {
            CallRegisters.Load(_tcb, frame);
            world.Kernel.Trap(_tcb);
            while (!IsDone && !IsFaultOurs)
            {
                Monitor.PulseAll(world.Gate);
                if (_tcb->IsRunnable)
                    world.Kernel.Trap(_tcb);
                else
                    WaitForChange(world.Gate, $"a thread that is {_tcb->State}");
            }

            if (IsFaultOurs)
                TakeFault(frame);
            CallRegisters.Store(_tcb, frame);
            Monitor.PulseAll(world.Gate);
        }
    }

    public void Run(Action body)
    {
        _thread = new Thread(() =>
        {
            TestMachine.Use(this);
            try
            {
                body();
            }
            catch (Exception failure)
            {
                _failure = ExceptionDispatchInfo.Capture(failure);
            }
        });
        _thread.Start();
    }

    /// <summary>Waits for the body's end; what it threw is thrown here.</summary>
    public void Join()
    {
        if (_thread is { } thread && !thread.Join(Limit))
            throw new TimeoutException("a thread of the test didn't end");
        _failure?.Throw();
    }

    public static void WaitForChange(object gate, string what)
    {
        if (!Monitor.Wait(gate, Limit))
            throw new TimeoutException($"waited too long for {what}");
    }

    /// <summary>Gets whether the thread is behind the instruction that trapped; one that has to repeat it is there again.</summary>
    private bool IsDone => _tcb->State == ThreadState.Running && _tcb->Context.Rip != _tcb->FaultIP;

    private bool IsFaultOurs => _tcb->Fault.Type != FaultType.None && _tcb->FaultHandler == SimWorld.FaultSlot;

    private void TakeFault(TrapFrame* frame)
    {
        ulong label = (ulong)_tcb->Fault.Type;
        uint length = FaultMessage.Write(_tcb, _tcb, Buffer);
        Message.SetResult(_tcb, 0, new MessageInfo(label, 0, 0, length));
        Threads<SimMachine>.Resume(world.Kernel.State, _tcb);
        frame->Status = TrapStatus.Faulted;
    }
}
