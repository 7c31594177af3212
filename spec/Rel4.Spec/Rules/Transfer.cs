using System.Collections.Immutable;
using Rel4.Abi;

namespace Rel4.Spec.Rules;

/// <summary>The rules that carry a message from one thread to another (manual, "Message Registers", "Capability Transfer").</summary>
public static class Transfer
{
    /// <summary>Carries the sender's message, or that of its fault.</summary>
    /// <param name="s">The state.</param>
    /// <param name="sender">The sender.</param>
    /// <param name="receiver">The receiver.</param>
    /// <param name="endpoint">The endpoint between them; none for a reply, which unwraps nothing.</param>
    /// <param name="badge">The badge that the receiver sees.</param>
    /// <param name="canGrant">Whether capabilities may travel.</param>
    public static SpecState TransferMessage(this SpecState s, ulong sender, ulong receiver, ulong? endpoint, ulong badge, bool canGrant)
    {
        if (s.Thread(sender).Fault is { } fault)
            return s.Deliver(receiver, badge, Faults.LabelOf(fault), s.FaultMessage(sender, fault));
        MessageInfo info = new(s.Thread(sender)[Register.Rsi]);
        ImmutableArray<ulong> words = s.MessageOf(sender, info);
        ImmutableArray<SlotId> caps = canGrant ? s.FindExtraCaps(sender, info).Slots : [];
        (s, uint unwrapped, uint processed) = s.TransferCaps(caps, receiver, endpoint);
        return s.Deliver(receiver, badge, info.Label, words, unwrapped, processed);
    }

    /// <summary>Carries capabilities in order, up to the first that can't be (manual, "Capability Transfer", "Errors").</summary>
    private static (SpecState State, uint Unwrapped, uint Processed) TransferCaps(
        this SpecState s, ImmutableArray<SlotId> caps, ulong receiver, ulong? endpoint)
    {
        uint unwrapped = 0, processed = 0;
        if (s.BufferOf(receiver, CapRights.ReadWrite) is null)
            return (s, unwrapped, processed);
        SlotId? receiveSlot = s.FindReceiveSlot(receiver);
        foreach (SlotId source in caps)
        {
            Capability? cap = s.Cap(source);
            if (cap is EndpointCap same && same.Address == endpoint)
            {
                s = s.WriteBuffer(receiver, BufferWords.CapsOrBadges + (int)processed, same.Badge);
                unwrapped |= 1u << (int)processed;
            }
            else if (receiveSlot is { } target && s.DeriveForTransfer(source, cap) is { } derived)
            {
                s = s.Insert(derived, source, target);
                receiveSlot = null;
            }
            else
            {
                break;
            }
            processed++;
        }
        return (s, unwrapped, processed);
    }

    private static Capability? DeriveForTransfer(this SpecState s, SlotId source, Capability? cap) => cap switch
    {
        UntypedCap when s.HasChildren(source) => null,
        VSpaceCap space when !s.VSpace(space.Address).IsAssigned => null,
        _ => s.Derive(source, cap),
    };
}
