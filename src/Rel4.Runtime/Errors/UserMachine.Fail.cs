using Rel4.Abi;

namespace Rel4.Runtime;

/// <content>Turns system calls that did not complete into exceptions.</content>
public static unsafe partial class UserMachine
{
    private const string NoThread =
        "This thread has no IPC buffer, so it can't make system calls: it is none of the kernel's, as those of the thread pool are none, where code also goes "
        + "on after an await. Use what any thread may (CallAsync, SendAsync, WaitAsync, SignalUser); or call on the task's first thread, which runs Main, "
        + "or on one that was made a thread of the kernel (Tcb.Configure, then CurrentTask.AttachThread on it). In the process that composes the system no thread can: there, use what any thread may.";

    static partial void Fail(TrapFrame* frame)
    {
        throw frame->Status switch
        {
            TrapStatus.Faulted => SeL4FaultException.Of(frame),
            TrapStatus.Abandoned => new ReplyAbandonedException(frame->Number, frame->Capability),
            TrapStatus.KernelEnded => new KernelEndedException(frame->Number),
            _ when _trap != null => new InvalidOperationException(NoThread),
            _ => new InvalidOperationException(
                $"{frame->Number} reached no kernel: this process has no machine installed. "
                + "Start it as a task of a reL4 kernel, or start a kernel in it first."),
        };
    }

    static partial void FailWithoutBuffer() => throw new InvalidOperationException(NoThread);
}
