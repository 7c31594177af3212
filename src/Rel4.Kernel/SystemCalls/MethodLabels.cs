using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Reads labels as libsel4 has them where it was configured for several processors: there <c>TCB_SetAffinity</c> is 15, and what follows is one higher.</summary>
/// <remarks>reL4's own labels are the same there.</remarks>
internal static class MethodLabels
{
    private const ulong SetAffinity = (ulong)InvocationLabel.TcbSetTlsBase;

    /// <summary>Gets the method that such a label names.</summary>
    public static InvocationLabel OfSeveral(ulong label) => label switch
    {
        SetAffinity => InvocationLabel.TcbSetAffinity,
        > SetAffinity and <= (ulong)InvocationLabel.X86IrqIssueIrqHandlerMsi + 1 => (InvocationLabel)(label - 1),
        _ => (InvocationLabel)label,
    };
}
