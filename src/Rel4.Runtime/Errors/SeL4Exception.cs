using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Rel4.Abi;

namespace Rel4.Runtime;

/// <summary>Tells that the kernel refused a method of one of its objects. Nothing was changed.</summary>
public sealed class SeL4Exception : Rel4Exception
{
    private SeL4Exception(in Refusal refusal, string cause, string remedy)
        : base(refusal.Failure.Error == SeL4Error.NotEnoughMemory ? Rel4ErrorCode.OutOfResources : Rel4ErrorCode.Refused, $"{refusal.Method.Name} on {AsyncMachine.Describe("capability", refusal.Capability)} failed with {refusal.Failure.Error}: {cause}. {remedy}.")
    {
        Operation = refusal.Method.Name;
        Capability = refusal.Capability;
        Failure = refusal.Failure;
        Cause = cause;
        Remedy = remedy;
        GrantedName = AsyncMachine.NameOf(refusal.Capability);
    }

    /// <summary>Gets the error.</summary>
    public SeL4Error Error => Failure.Error;

    /// <summary>Gets the error's details.</summary>
    public InvocationFailure Failure { get; }

    /// <summary>Gets the method, by its name in <see cref="SeL4"/>.</summary>
    public string Operation { get; }

    /// <summary>Gets the address of the capability that was invoked.</summary>
    public ulong Capability { get; }

    /// <summary>Gets why it was refused.</summary>
    public string Cause { get; }

    /// <summary>Gets what to do about it.</summary>
    public string Remedy { get; }

    /// <summary>Throws if a method of <see cref="SeL4"/> did not succeed.</summary>
    /// <param name="error">What it returned.</param>
    /// <param name="method">Which method.</param>
    /// <param name="capability">Address of the capability invoked.</param>
    /// <param name="destination">The only slot concerned, or where something was to go.</param>
    /// <param name="source">The slot from which a capability was to come.</param>
    /// <param name="pivot">The slot in the middle of a rotation.</param>
    /// <param name="count">How many slots there are from <paramref name="destination"/> on.</param>
    /// <remarks>To be called before the thread's next system call, as the details lie in its IPC buffer.</remarks>
    /// <exception cref="SeL4Exception"><paramref name="error"/> is not <see cref="SeL4Error.NoError"/>.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ThrowIfFailed(
        SeL4Error error,
        InvocationLabel method,
        ulong capability,
        CapSlot destination = default,
        CapSlot source = default,
        CapSlot pivot = default,
        int count = 1)
    {
        if (error != SeL4Error.NoError)
            Throw(error, method, capability, destination, source, pivot, count);
    }

    [DoesNotReturn]
    private static void Throw(
        SeL4Error error, InvocationLabel method, ulong capability, CapSlot destination, CapSlot source, CapSlot pivot, int count)
    {
        var refusal = new Refusal(MethodDescription.Of(method), capability, InvocationFailure.Of(error), destination, source, pivot, count);
        (string cause, string remedy) = Explanation.Of(refusal);
        throw new SeL4Exception(refusal, cause, remedy);
    }
}
