using Rel4.Abi;
using Rel4.Hosted.Linux;
using Rel4.Runtime;

namespace Rel4.Hosted.Probe.Isolation;

/// <summary>Is what came of a trespass.</summary>
/// <param name="Succeeded">Whether the task got what it tried to get.</param>
/// <param name="How">By what it was refused, or what it got.</param>
internal readonly record struct Finding(bool Succeeded, string How)
{
    public static Finding Refused(string how) => new(false, how);

    public static Finding Success(string how) => new(true, how);

    /// <summary>Takes an error of the kernel as a refusal.</summary>
    public static Finding Of(SeL4Error error) => new(error == SeL4Error.NoError, error.ToString());

    /// <summary>Takes an error of Linux as a refusal.</summary>
    public static Finding Of(LinuxError error) => new(error == LinuxError.None, error.ToString());

    /// <summary>Takes what Linux refuses for want of privilege as a refusal; any other error comes from a call that was let through.</summary>
    public static Finding OfPrivileged(LinuxError error) =>
        new(error is not (LinuxError.EPERM or LinuxError.EACCES), error.ToString());

    /// <summary>Makes an attempt, and takes a fault as a refusal, too.</summary>
    public static Finding Of(Func<Finding> attempt)
    {
        try
        {
            return attempt();
        }
        catch (SeL4FaultException fault)
        {
            return Refused(fault.Fault.ToString());
        }
        catch (SeL4Exception failure)
        {
            return Refused($"{failure.Operation}: {failure.Error}");
        }
    }

    /// <summary>Writes it as one line.</summary>
    public override string ToString() => $"{(Succeeded ? "SUCCEEDED" : "refused")}: {How}";
}
