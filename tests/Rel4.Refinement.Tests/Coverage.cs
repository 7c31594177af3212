using System.Collections.Concurrent;
using Rel4.Abi;
using Rel4.Spec;
using Rel4.Spec.Methods;
using Rel4.Spec.Rules;

namespace Rel4.Refinement.Tests;

/// <summary>Counts what happened, so that the tests notice when their stories no longer reach something.</summary>
internal sealed class Coverage
{
    private readonly ConcurrentDictionary<string, int> _counts = [];

    /// <summary>Gets how often something happened.</summary>
    public int this[string what] => _counts.GetValueOrDefault(what);

    /// <summary>Gets how many commands were compared.</summary>
    public int Acts => this["acts"];

    /// <summary>Counts what an act did, going by the specification.</summary>
    /// <param name="isFast">Whether the kernel's fast path did it.</param>
    public void Count(SpecState before, Act act, SpecState after, bool isFast)
    {
        Add("acts");
        switch (act)
        {
            case TrapAct trap when before.FindThread(trap.Call.Thread) is { IsRunnable: true }:
                CountTrap(before, trap, after);
                if (isFast)
                    Add($"fast {(Syscall)trap.Call.Number}");
                break;
            case PostAct when before.Senders.Count > 0:
                Add(after.PostAccepted ? "post accepted" : "post refused");
                break;
        }
        foreach (Spec.Thread thread in after.Objects.Values.OfType<Spec.Thread>())
        {
            string? was = before.FindThread(thread.Address)?.State.GetType().Name, becomes = thread.State.GetType().Name;
            if (was is not null && was != becomes && act.Actor != thread.Address)
                Add(act is PostAct ? $"post: {was} becomes {becomes}" : $"{was} becomes {becomes}");
            if (thread.Fault is { } fault && before.FindThread(thread.Address)?.Fault is null)
                Add($"fault {fault.GetType().Name} sent");
            if (thread.Fault is null && before.FindThread(thread.Address)?.Fault is { } answered && thread.State is Running or Restart)
                Add($"fault {answered.GetType().Name} ended");
            ulong received = thread[Register.Rsi];
            if (received != before.FindThread(thread.Address)?[Register.Rsi] && new MessageInfo(received).CapsUnwrapped != 0)
                Add("capability unwrapped");
        }
        if (after.Slots.Values.Any(slot => slot.Cap is ZombieCap) && !before.Slots.Values.Any(slot => slot.Cap is ZombieCap))
            Add("zombie left");
    }

    /// <summary>Counts system calls that were preempted.</summary>
    public void CountPreemptions(int times) => _counts.AddOrUpdate("preemption", times, (_, count) => count + times);

    /// <summary>Writes all counts.</summary>
    public override string ToString() => string.Join(
        Environment.NewLine, _counts.OrderBy(count => count.Key, StringComparer.Ordinal).Select(count => $"{count.Value,8} {count.Key}"));

    private void CountTrap(SpecState before, TrapAct trap, SpecState after)
    {
        SystemCallCommand call = trap.Call;
        MessageInfo info = new(call.Info);
        Capability? cap = before.FindSlot(call.Thread, call.Capability) is { Failure: null } found ? before.Cap(found.Slot) : null;
        bool isMethod = cap is UntypedCap or CNodeCap or TcbCap || (cap is NotificationCap && NotificationMethods.IsMethod(info.Label));
        if ((Syscall)call.Number == Syscall.Call && isMethod && after.FindThread(call.Thread) is { } caller)
        {
            var error = (SeL4Error)new MessageInfo(caller[Register.Rsi]).Label;
            string method = Enum.IsDefined((InvocationLabel)info.Label) ? $"{(InvocationLabel)info.Label}" : "no method";
            if (!Enum.IsDefined(error))
                return;
            Add($"{method}: {error}");
            Add($"error {error}");
            return;
        }
        string kind = cap?.GetType().Name ?? "nothing";
        string name = Enum.IsDefined((Syscall)call.Number) ? $"{(Syscall)call.Number}" : "unknown call";
        if (cap is EndpointCap)
            Add($"{name} on an endpoint");
        Add($"{name} on {kind}: {after.FindThread(call.Thread)?.State.GetType().Name ?? "gone"}");
        if (cap is EndpointCap or ReplyCap && CountCaps(after) > CountCaps(before))
            Add("capability transferred");
    }

    private static int CountCaps(SpecState state) => state.Slots.Values.Count(slot => slot.Cap is not ReplyCap);

    private void Add(string what) => _counts.AddOrUpdate(what, 1, (_, count) => count + 1);
}
