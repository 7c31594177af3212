namespace Rel4.Contracts.Wire;

/// <summary>The result of a method that has none.</summary>
internal readonly struct Nothing : IContractCodec<Nothing>
{
    public static void Write(ContractWriter writer, Nothing value)
    {
    }

    public static Nothing Read(ref ContractReader reader) => default;
}
