using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Reads the labels of methods.</summary>
/// <remarks>
/// Where libsel4 was configured for several processors, its <c>TCB_SetAffinity</c> is 15 and what follows is one higher. A kernel boots with the one table or the
/// other, however many processors there are. reL4's own labels are the same in both.
/// </remarks>
internal static unsafe class MethodLabels
{
    private const ulong SetAffinity = (ulong)InvocationLabel.TcbSetTlsBase;

    /// <summary>Gets the method that a message's label names.</summary>
    public static InvocationLabel Read(KernelState* kernel, ulong label) =>
        kernel->Shared->HasLabelsOfSeveral ? OfSeveral(label) : (InvocationLabel)label;

    private static InvocationLabel OfSeveral(ulong label) => label switch
    {
        SetAffinity => InvocationLabel.TcbSetAffinity,
        > SetAffinity and <= (ulong)InvocationLabel.X86IrqIssueIrqHandlerMsi + 1 => (InvocationLabel)(label - 1),
        _ => (InvocationLabel)label,
    };
}
