using Rel4.Hosted.Kernel;
using Rel4.Kernel;
using Rel4.Sim;
using ThreadState = Rel4.Kernel.ThreadState;

namespace Rel4.Hosted.Tests.Survival;

/// <summary>Checks the invariants of a kernel on the Hosted machine, on the kernel's own thread, between two system calls.</summary>
/// <remarks>
/// Besides those of all machines:
/// <list type="number">
/// <item>A thread that the machine serves is named by its TCB, and only by that.</item>
/// <item>A thread whose system call has ended is told: if it can run and is in a system call, it lines up.</item>
/// <item>A thread that waits is in a system call.</item>
/// <item>A receiver of user interrupts is in the list of its process, once, and that process is not buried.</item>
/// <item>No process is left that has not been told which senders were closed.</item>
/// </list>
/// </remarks>
internal static unsafe class HostedInvariants
{
    /// <summary>Finds what is wrong; nothing, if all is well.</summary>
    public static IReadOnlyList<string> Find(HostedKernel kernel)
    {
        var violations = new List<string>();
        kernel.Inspect(state => violations.AddRange(
            [.. Invariants.Find(new Subject(state)), .. FindInPopulation(state), .. FindInUserInterrupts(state)]));
        return violations;
    }

    private static List<string> FindInPopulation(KernelState* state)
    {
        var violations = new List<string>();
        Population population = KernelLoop.Of(state).Population;
        foreach (HostedThread thread in population.Threads)
        {
            Tcb* tcb = thread.Tcb;
            if (population.ThreadOf(tcb) != thread)
                violations.Add($"the TCB of thread {thread.Number} does not name it");
            if (tcb->IsRunnable && thread.IsInSystemCall && !tcb->IsQueued)
                violations.Add($"thread {thread.Number} will never be told that its system call has ended");
            if (tcb->State >= ThreadState.BlockedOnReceive && !thread.IsInSystemCall)
                violations.Add($"thread {thread.Number} is {tcb->State} without a system call");
        }

        return violations;
    }

    private static List<string> FindInUserInterrupts(KernelState* state)
    {
        var violations = new List<string>();
        UserInterruptController controller = KernelLoop.Of(state).UserInterrupts;
        HostedReceiver[] receivers = [.. controller.Receivers];
        if (controller.HasUntold)
            violations.Add("a process has not been told that senders of its were closed");
        foreach (IGrouping<HostedProcess, HostedReceiver> ofProcess in receivers.GroupBy(receiver => receiver.Process))
        {
            var listed = new List<HostedReceiver>();
            for (HostedReceiver? receiver = ofProcess.Key.FirstReceiver; receiver != null; receiver = receiver.NextOfProcess)
                listed.Add(receiver);
            if (!listed.ToHashSet().SetEquals(ofProcess) || listed.Count != ofProcess.Count())
                violations.Add($"process {ofProcess.Key.Number} lists {listed.Count} receivers and has {ofProcess.Count()}");
            if (KernelLoop.Of(state).Population.ProcessOf(ofProcess.Key.Space) != ofProcess.Key)
                violations.Add($"process {ofProcess.Key.Number} is buried and has receivers");
        }

        return violations;
    }

    private sealed class Subject(KernelState* state)
        : SurveySubject(state, RootNode(state), 1 << state->Shared->RootThread->CSpaceRoot.Cap.Bits)
    {
        public override ReadyRule ReadyRule => ReadyRule.OnlyUntold;

        // The machine's side of user interrupts is in pages that tasks write; their own tests look at it.
        public override bool WaitsInKernel(Tcb* receiver) => true;

        public override ulong PendingOf(Tcb* receiver) => 0;

        private static Slot* RootNode(KernelState* state) => state->Shared->RootThread->CSpaceRoot.Cap.Slots;
    }
}
