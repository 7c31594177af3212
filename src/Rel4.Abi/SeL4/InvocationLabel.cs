namespace Rel4.Abi;

/// <summary>Labels the methods of kernel objects; the label of the message sent to an object's capability.</summary>
/// <remarks>
/// Numbers up to <see cref="CNodeSaveCaller"/> follow the order of <c>libsel4/include/interfaces/object-api.xml</c> for a
/// uniprocessor without MCS; it ends with 32. Then come those of <c>sel4_arch_include/x86_64</c> (33 and 34), then those of
/// <c>arch_include/x86</c> without IOMMU and VT-x, from 35 on. The U-notification's, and those of a thread's processor and entries, are reL4's own and start where libsel4's never come.
/// </remarks>
public enum InvocationLabel : ulong
{
    /// <summary>No method.</summary>
    Invalid = 0,

    /// <summary>Makes objects out of untyped memory.</summary>
    UntypedRetype = 1,

    /// <summary>Reads a thread's registers.</summary>
    TcbReadRegisters = 2,

    /// <summary>Writes a thread's registers.</summary>
    TcbWriteRegisters = 3,

    /// <summary>Copies registers from one thread to another.</summary>
    TcbCopyRegisters = 4,

    /// <summary>Sets a thread's spaces, fault endpoint and IPC buffer.</summary>
    TcbConfigure = 5,

    /// <summary>Sets a thread's priority.</summary>
    TcbSetPriority = 6,

    /// <summary>Sets a thread's maximum controlled priority.</summary>
    TcbSetMCPriority = 7,

    /// <summary>Sets both priorities of a thread.</summary>
    TcbSetSchedParams = 8,

    /// <summary>Sets a thread's IPC buffer.</summary>
    TcbSetIpcBuffer = 9,

    /// <summary>Sets a thread's spaces and fault endpoint.</summary>
    TcbSetSpace = 10,

    /// <summary>Stops a thread.</summary>
    TcbSuspend = 11,

    /// <summary>Lets a stopped thread run again.</summary>
    TcbResume = 12,

    /// <summary>Binds a notification to a thread.</summary>
    TcbBindNotification = 13,

    /// <summary>Ends a thread's binding.</summary>
    TcbUnbindNotification = 14,

    /// <summary>Sets a thread's base of segment FS.</summary>
    TcbSetTlsBase = 15,

    /// <summary>Sets and clears a thread's <see cref="TcbFlags"/>.</summary>
    TcbSetFlags = 16,

    /// <summary>Deletes all that was derived from a capability.</summary>
    CNodeRevoke = 17,

    /// <summary>Deletes a capability.</summary>
    CNodeDelete = 18,

    /// <summary>Cancels the queued sends made with a badge.</summary>
    CNodeCancelBadgedSends = 19,

    /// <summary>Copies a capability, with fewer rights or the same.</summary>
    CNodeCopy = 20,

    /// <summary>Copies a capability and gives the copy a badge or guard.</summary>
    CNodeMint = 21,

    /// <summary>Moves a capability.</summary>
    CNodeMove = 22,

    /// <summary>Moves a capability and changes its guard.</summary>
    CNodeMutate = 23,

    /// <summary>Moves two capabilities through three slots at once.</summary>
    CNodeRotate = 24,

    /// <summary>Moves the caller's reply capability into a slot.</summary>
    CNodeSaveCaller = 25,

    /// <summary>Takes an interrupt.</summary>
    IrqIssueIrqHandler = 26,

    /// <summary>Lets an interrupt that was handled come again.</summary>
    IrqAckIrq = 27,

    /// <summary>Sets the notification that an interrupt signals.</summary>
    IrqSetIrqHandler = 28,

    /// <summary>Ends an interrupt's signals.</summary>
    IrqClearIrqHandler = 29,

    /// <summary>Sets a thread's domain.</summary>
    DomainSetSet = 30,

    /// <summary>Maps a page-directory-pointer table.</summary>
    X86PdptMap = 33,

    /// <summary>Removes a page-directory-pointer table's mapping.</summary>
    X86PdptUnmap = 34,

    /// <summary>Maps a page directory.</summary>
    X86PageDirectoryMap = 35,

    /// <summary>Removes a page directory's mapping.</summary>
    X86PageDirectoryUnmap = 36,

    /// <summary>Maps a page table.</summary>
    X86PageTableMap = 37,

    /// <summary>Removes a page table's mapping.</summary>
    X86PageTableUnmap = 38,

    /// <summary>Maps a frame.</summary>
    X86PageMap = 39,

    /// <summary>Removes a frame's mapping.</summary>
    X86PageUnmap = 40,

    /// <summary>Gets a frame's physical address.</summary>
    X86PageGetAddress = 41,

    /// <summary>Makes a pool of address-space identifiers out of untyped memory.</summary>
    X86AsidControlMakePool = 42,

    /// <summary>Gives an address space an identifier.</summary>
    X86AsidPoolAssign = 43,

    /// <summary>Takes a range of I/O ports.</summary>
    X86IOPortControlIssue = 44,

    /// <summary>Reads 8 bits from an I/O port.</summary>
    X86IOPortIn8 = 45,

    /// <summary>Reads 16 bits from an I/O port.</summary>
    X86IOPortIn16 = 46,

    /// <summary>Reads 32 bits from an I/O port.</summary>
    X86IOPortIn32 = 47,

    /// <summary>Writes 8 bits to an I/O port.</summary>
    X86IOPortOut8 = 48,

    /// <summary>Writes 16 bits to an I/O port.</summary>
    X86IOPortOut16 = 49,

    /// <summary>Writes 32 bits to an I/O port.</summary>
    X86IOPortOut32 = 50,

    /// <summary>Takes an interrupt of an I/O APIC.</summary>
    X86IrqIssueIrqHandlerIOApic = 51,

    /// <summary>Takes an interrupt that a device sends as a message.</summary>
    X86IrqIssueIrqHandlerMsi = 52,

    /// <summary>Makes a thread the receiver of a notification's user interrupts.</summary>
    NotificationRegisterReceiver = 0x4C34_0001,

    /// <summary>Ends a notification's registration with its receiver.</summary>
    NotificationUnregisterReceiver = 0x4C34_0002,

    /// <summary>Gives the calling thread a sender index for a notification.</summary>
    NotificationRegisterSender = 0x4C34_0003,

    /// <summary>Takes the calling thread's sender index back.</summary>
    NotificationUnregisterSender = 0x4C34_0004,

    /// <summary>As <see cref="NotificationRegisterReceiver"/>, invoked on the thread, with the notification as the argument.</summary>
    TcbRegisterReceiver = 0x4C34_0005,

    /// <summary>As <see cref="NotificationUnregisterReceiver"/>, invoked on the thread, with the notification as the argument.</summary>
    TcbUnregisterReceiver = 0x4C34_0006,

    /// <summary>As <see cref="NotificationRegisterSender"/>, invoked on the thread, with the notification as the argument.</summary>
    TcbRegisterSender = 0x4C34_0007,

    /// <summary>As <see cref="NotificationUnregisterSender"/>, invoked on the thread, with the notification as the argument.</summary>
    TcbUnregisterSender = 0x4C34_0008,

    /// <summary>Sets the processor that a thread runs on. libsel4 has it where there are several, as 15, and all that follow one higher.</summary>
    TcbSetAffinity = 0x4C34_0009,

    /// <summary>Tells how often a thread has entered the kernel, by cause.</summary>
    TcbReadEntries = 0x4C34_000A,

    /// <summary>Tells which of a thread's senders are open (Metal).</summary>
    TcbReadSenders = 0x4C34_000B,

    /// <summary>Gives a thread the frame of its batches (<see cref="BatchFrame"/>), or takes it away.</summary>
    TcbSetBatch = 0x4C34_000C,
}
