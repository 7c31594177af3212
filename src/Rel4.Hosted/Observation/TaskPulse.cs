using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Kernel;

namespace Rel4.Hosted.Observation;

/// <summary>Is what a task shows of itself at one moment. It is believed for that task only.</summary>
/// <param name="IsAttached">Whether it is a task: its program has begun.</param>
/// <param name="IsDebugged">Whether a debugger of .NET's is attached.</param>
/// <param name="Executors">What its executors show: see <see cref="TrapPage"/>.</param>
internal readonly record struct TaskPulse(bool IsAttached, bool IsDebugged, ExecutorPulses Executors)
{
    /// <summary>Reads it.</summary>
    /// <returns>Nothing but zeros if the task is not made now.</returns>
    public static unsafe TaskPulse Of(HostedKernel kernel, TaskPlan plan)
    {
        TaskPulse pulse = default;
        kernel.Inspect(state =>
        {
            Capability frame = state->Shared->RootThread->CSpaceRoot.Cap.Slots[plan.Frame].Cap;
            if (frame.Type != CapType.Frame)
                return;
            var page = (TrapPage*)frame.Address;
            ExecutorPulses pulses = default;
            for (int i = 0; i < ExecutorPulses.Count; i++)
                pulses[i] = Volatile.Read(ref page->Pulses[i]);
            pulse = new TaskPulse(Volatile.Read(ref page->Attached) != 0, Volatile.Read(ref page->Debugged) != 0, pulses);
        });
        return pulse;
    }
}
