using Rel4.Abi;

namespace Rel4.Runtime;

/// <content>Holds the method of domains.</content>
/// <remarks>Metal only. Source: <c>libsel4/include/interfaces/object-api.xml</c>, manual section "Domains".</remarks>
public static unsafe partial class SeL4
{
    /// <summary>Sets a thread's domain.</summary>
    /// <param name="service">The right to set domains.</param>
    /// <param name="domain">0, since there is one.</param>
    /// <param name="thread">The thread.</param>
    /// <returns><see cref="SeL4Error.InvalidArgument"/> 0: there is no such domain; 1: it is no thread.</returns>
    /// <remarks>Never blocks. Source: <c>seL4_DomainSet_Set</c>.</remarks>
    public static SeL4Error DomainSet_Set(ulong service, byte domain, ulong thread)
    {
        SetCap(0, thread);
        return Invoke(service, InvocationLabel.DomainSetSet, 1, 1, domain);
    }
}
