using Rel4.Abi;

namespace Rel4.Runtime;

/// <content>Turns system calls that did not complete into exceptions.</content>
public static unsafe partial class UserMachine
{
    static partial void FindBuffer(IpcBuffer** buffer)
    {
        if (ThreadMachine.OfThread is { } own)
            *buffer = own.Buffer;
    }

    static partial void Fail(TrapFrame* frame)
    {
        if (frame->Status == TrapStatus.NoMachine && ThreadMachine.OfThread is { } own)
        {
            frame->Status = TrapStatus.Completed;
            own.Trap(frame);
            if (frame->Status == TrapStatus.Completed)
                return;
        }

        throw frame->Status switch
        {
            TrapStatus.Faulted => SeL4FaultException.Of(frame),
            TrapStatus.Abandoned => new ReplyAbandonedException(frame->Number, frame->Capability),
            TrapStatus.KernelEnded => new KernelEndedException(frame->Number),
            _ => new InvalidOperationException(
                $"{frame->Number} reached no kernel: this process has no machine installed. "
                + "Start it as a task of a reL4 kernel, or start a kernel in it first. If it is one, this thread is none of the kernel's: there, and in the process that composes the system, "
                + "use what any thread may (CallAsync, SendAsync, WaitAsync, SignalUser)."),
        };
    }

    static partial void FailWithoutBuffer() =>
        throw new InvalidOperationException(
            "This thread has no IPC buffer, so it can't make system calls: it is none of the kernel's, as those of the thread pool are none, where code also goes "
            + "on after an await. Use what any thread may (CallAsync, SendAsync, WaitAsync, SignalUser); or call on the task's first thread, which runs Main, "
            + "or on one that was made a thread of the kernel (Tcb.Configure, then CurrentTask.AttachThread on it). "
            + "In the process that composes the system none can be made one.");
}
