using Rel4.Abi;

namespace Rel4.Runtime;

/// <content>Reaches the message in the calling thread's IPC buffer (<c>libsel4/include/sel4/functions.h</c>).</content>
/// <remarks>The thread must have an IPC buffer, and indices must be within the bounds of its fields: neither is checked.</remarks>
public static unsafe partial class SeL4
{
    /// <summary>Gets the calling thread's IPC buffer; null if it has none.</summary>
    public static IpcBuffer* GetIPCBuffer() => UserMachine.Buffer;

    /// <summary>Reads a message word (message register), 0 to 119.</summary>
    public static ulong GetMR(int i) => UserMachine.RequireBuffer()->Message[i];

    /// <summary>Writes a message word (message register), 0 to 119.</summary>
    public static void SetMR(int i, ulong mr) => UserMachine.RequireBuffer()->Message[i] = mr;

    /// <summary>Reads the word that the kernel leaves to user code.</summary>
    public static ulong GetUserData() => UserMachine.RequireBuffer()->UserData;

    /// <summary>Writes the word that the kernel leaves to user code.</summary>
    public static void SetUserData(ulong data) => UserMachine.RequireBuffer()->UserData = data;

    /// <summary>Reads the badge of an unwrapped capability, 0 to 2, of the message received last.</summary>
    /// <remarks>Meaningful where <see cref="MessageInfo.CapsUnwrapped"/> has its bit set (manual section "Message Transfer").</remarks>
    public static ulong GetBadge(int i) => UserMachine.RequireBuffer()->CapsOrBadges[i];

    /// <summary>Reads the address of a capability, 0 to 2, that the next message sends.</summary>
    public static ulong GetCap(int i) => UserMachine.RequireBuffer()->CapsOrBadges[i];

    /// <summary>Chooses a capability, 0 to 2, for the next message to send.</summary>
    public static void SetCap(int i, ulong cptr) => UserMachine.RequireBuffer()->CapsOrBadges[i] = cptr;

    /// <summary>Chooses the empty slot into which the next capability received goes. It stays chosen.</summary>
    /// <param name="receiveCNode">Address of a CNode, the root of the lookup.</param>
    /// <param name="receiveIndex">Address of the slot below that root.</param>
    /// <param name="receiveDepth">Bits of <paramref name="receiveIndex"/> to use.</param>
    public static void SetCapReceivePath(ulong receiveCNode, ulong receiveIndex, ulong receiveDepth)
    {
        IpcBuffer* buffer = UserMachine.RequireBuffer();
        buffer->ReceiveCNode = receiveCNode;
        buffer->ReceiveIndex = receiveIndex;
        buffer->ReceiveDepth = receiveDepth;
    }

    /// <summary>Gets the slot chosen by <see cref="SetCapReceivePath"/>.</summary>
    public static void GetCapReceivePath(out ulong receiveCNode, out ulong receiveIndex, out ulong receiveDepth)
    {
        IpcBuffer* buffer = UserMachine.RequireBuffer();
        receiveCNode = buffer->ReceiveCNode;
        receiveIndex = buffer->ReceiveIndex;
        receiveDepth = buffer->ReceiveDepth;
    }
}
