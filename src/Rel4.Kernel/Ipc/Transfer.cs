using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Carries a message from one thread to another (manual sections "Message Registers" and "Capability Transfer").</summary>
internal static unsafe class Transfer
{
    /// <summary>Carries what the sender sends, or the fault it is in, to a receiver.</summary>
    /// <param name="endpoint">The endpoint they meet at; null for a reply.</param>
    /// <param name="badge">Badge of the capability sent through.</param>
    /// <param name="rights">Rights of that capability: capabilities travel with <see cref="CapRights.Grant"/> only.</param>
    public static void Deliver<TObjects>(Tcb* sender, Tcb* receiver, Endpoint* endpoint, ulong badge, CapRights rights)
        where TObjects : struct, IMachineObjects
    {
        IpcBuffer* output = Message.Buffer(receiver, CapRights.ReadWrite);
        if (sender->Fault.Type != FaultType.None)
        {
            uint words = FaultMessage.Write(sender, receiver, output);
            Message.SetResult(receiver, badge, new MessageInfo((ulong)sender->Fault.Type, 0, 0, words));
            return;
        }

        IpcBuffer* input = Message.Buffer(sender, CapRights.Read);
        var info = new MessageInfo(sender->Context.Rsi);
        uint length = CopyWords(sender, input, receiver, output, info.Length);
        ExtraCaps caps = default;
        if ((rights & CapRights.Grant) != 0 && info.ExtraCaps != 0
            && !Message.LookupExtraCaps(sender, info, out caps, out _))
            caps = default;
        (uint transferred, uint unwrapped) = TransferCaps<TObjects>(sender, receiver, output, endpoint, caps);
        Message.SetResult(receiver, badge, new MessageInfo(info.Label, unwrapped, transferred, length));
    }

    private static uint CopyWords(Tcb* sender, IpcBuffer* input, Tcb* receiver, IpcBuffer* output, uint length)
    {
        // All four registers would be cheaper to copy than to count, but what the sender did not send stays its own.
        uint inRegisters = length < Limits.MessageRegisters ? length : Limits.MessageRegisters;
        for (int i = 0; i < inRegisters; i++)
            Message.SetRegister(receiver, i, Message.GetRegister(sender, i));
        if (input == null || output == null)
            return inRegisters;
        CopyBuffered(input, output, length);
        return length;
    }

    /// <summary>Copies the words that are not in registers, several at a time.</summary>
    private static void CopyBuffered(IpcBuffer* input, IpcBuffer* output, uint length)
    {
        uint i = Limits.MessageRegisters;
        for (; i + WordBlock.Length <= length; i += WordBlock.Length)
            *(WordBlock*)&output->Message[i] = *(WordBlock*)&input->Message[i];
        for (; i < length; i++)
            output->Message[i] = input->Message[i];
    }

    /// <summary>Copies capabilities in order, and stops without a word at the first that can't be.</summary>
    private static (uint Transferred, uint Unwrapped) TransferCaps<TObjects>(
        Tcb* sender, Tcb* receiver, IpcBuffer* output, Endpoint* endpoint, in ExtraCaps caps)
        where TObjects : struct, IMachineObjects
    {
        if (output == null || caps[0] == null)
            return (0, 0);
        Slot* destination = ReceiveSlot(receiver, output);
        uint unwrapped = 0, count = 0;
        for (; count < Limits.ExtraCaps && caps[(int)count] != null; count++)
        {
            Slot* source = caps[(int)count];
            if (source->Cap.Type == CapType.Endpoint && source->Cap.Address == endpoint)
            {
                output->CapsOrBadges[count] = source->Cap.Badge;
                unwrapped |= 1U << (int)count;
                continue;
            }

            if (destination == null || Derivation.Derive<TObjects>(source, source->Cap, out Capability derived).IsGiven(out _))
                break;
            DerivationTree.InsertDerived(derived, source, destination);
            receiver->GivenSlot = destination;
            receiver->Giver = sender->Process;
            destination = null;
        }

        return (count, unwrapped);
    }

    /// <summary>Finds the empty slot that the receiver named for a capability; null if there is none.</summary>
    private static Slot* ReceiveSlot(Tcb* receiver, IpcBuffer* buffer)
    {
        Slot* root = CSpace.LookupSlot(receiver, buffer->ReceiveCNode);
        if (root == null)
            return null;
        Refusal refusal = CSpace.LookupTarget(root->Cap, buffer->ReceiveIndex, buffer->ReceiveDepth, Refusal.Side.Destination, out Slot* slot);
        return !refusal.IsGiven(out _) && slot->IsEmpty ? slot : null;
    }

    /// <summary>As many words as a compiler copies by its widest registers, without a loop.</summary>
    private struct WordBlock
    {
        public const uint Length = 8;

        private fixed ulong _words[(int)Length];
    }
}
