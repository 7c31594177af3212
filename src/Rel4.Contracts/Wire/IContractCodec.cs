using System.ComponentModel;

namespace Rel4.Contracts.Wire;

/// <summary>Writes and reads one type. For generated code.</summary>
/// <typeparam name="T">The type.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public interface IContractCodec<T>
{
    /// <summary>Writes a value.</summary>
    static abstract void Write(ContractWriter writer, T value);

    /// <summary>Reads a value; a default one, and the reader has failed, if there is none.</summary>
    static abstract T Read(ref ContractReader reader);
}
