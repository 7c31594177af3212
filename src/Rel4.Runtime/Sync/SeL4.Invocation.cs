using Rel4.Abi;

namespace Rel4.Runtime;

/// <content>Sends methods to kernel objects.</content>
public static unsafe partial class SeL4
{
    /// <summary>Carries out a method; capabilities, and words from the fifth on, were put into the IPC buffer.</summary>
    private static SeL4Error Invoke(
        ulong service, InvocationLabel label, uint words, uint caps = 0, ulong mr0 = 0, ulong mr1 = 0, ulong mr2 = 0, ulong mr3 = 0) =>
        Invoke(service, label, words, caps, mr0, mr1, mr2, mr3, out _);

    /// <summary>Carries out a method that returns a word.</summary>
    private static SeL4Error Invoke(
        ulong service, InvocationLabel label, uint words, uint caps, ulong mr0, ulong mr1, ulong mr2, ulong mr3, out ulong result)
    {
        TrapFrame frame = Begin(Syscall.Call, service, new MessageInfo((ulong)label, 0, caps, words), mr0, mr1, mr2, mr3);
        UserMachine.Trap(&frame);
        result = frame.Word0;
        var error = (SeL4Error)frame.Info.Label;
        // An error's details begin in the registers; they are read from the buffer.
        if (error != SeL4Error.NoError)
            Store(&frame);
        return error;
    }
}
