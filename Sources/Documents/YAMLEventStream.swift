internal import CYaml

/// libyaml's parser over one text; owns the parser and the bytes that it reads.
///
/// After an error the stream is not asked again.
@safe
struct YAMLEventStream: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>
    private let name: String

    init(_ bytes: [UInt8], name: String) throws(DocumentError) {
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        guard unsafe yaml_parser_initialize(parser) == 1 else {
            unsafe parser.deallocate()
            throw Self.outOfMemory(name, at: DocumentPosition(line: 1, column: 1))
        }
        // The parser keeps the address of its input, so the input must not move.
        let input = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(1, bytes.count))
        _ = unsafe input.initialize(from: bytes)
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        unsafe yaml_parser_set_input_string(parser, input.baseAddress, bytes.count)
        unsafe self.parser = parser
        unsafe self.input = input
        self.name = name
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
        unsafe input.deallocate()
    }

    mutating func next() throws(DocumentError) -> YAMLEvent {
        var event = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw failure() }
        let translated = unsafe Self.translate(event)
        unsafe yaml_event_delete(&event)
        return translated
    }

    private static func translate(_ event: yaml_event_t) -> YAMLEvent {
        var anchor: String?
        var tag: String?
        let kind: YAMLEvent.Kind
        switch unsafe event.type {
        case YAML_STREAM_START_EVENT: kind = .streamStart
        case YAML_DOCUMENT_START_EVENT: kind = .documentStart
        case YAML_DOCUMENT_END_EVENT: kind = .documentEnd
        case YAML_ALIAS_EVENT: kind = unsafe .alias(text(event.data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            unsafe anchor = text(scalar.anchor)
            unsafe tag = text(scalar.tag)
            let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            let style: YAMLScalar.Style =
                unsafe scalar.style == YAML_PLAIN_SCALAR_STYLE ? .plain : .quoted
            kind = unsafe .scalar(String(decoding: bytes, as: UTF8.self), style)
        case YAML_SEQUENCE_START_EVENT:
            unsafe anchor = text(event.data.sequence_start.anchor)
            unsafe tag = text(event.data.sequence_start.tag)
            kind = .sequenceStart
        case YAML_SEQUENCE_END_EVENT: kind = .sequenceEnd
        case YAML_MAPPING_START_EVENT:
            unsafe anchor = text(event.data.mapping_start.anchor)
            unsafe tag = text(event.data.mapping_start.tag)
            kind = .mappingStart
        case YAML_MAPPING_END_EVENT: kind = .mappingEnd
        default: kind = .streamEnd
        }
        return unsafe YAMLEvent(
            kind: kind,
            anchor: anchor,
            tag: tag,
            position: position(event.start_mark)
        )
    }

    private static func text(_ bytes: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        guard let bytes = unsafe bytes else { return nil }
        return unsafe String(cString: bytes)
    }

    private static func position(_ mark: yaml_mark_t) -> DocumentPosition {
        DocumentPosition(line: mark.line + 1, column: mark.column + 1)
    }

    private static func outOfMemory(
        _ name: String,
        at position: DocumentPosition
    ) -> DocumentError {
        DocumentError(.memory, "no memory to read the document", in: name, at: position)
    }

    /// What libyaml says it stumbled over.
    private func failure() -> DocumentError {
        let problem = unsafe parser.pointee.problem.map { unsafe String(cString: $0) }
        let context = unsafe parser.pointee.context.map { unsafe String(cString: $0) }
        let cause = [context, problem].compactMap(\.self).joined(separator: ": ")
        switch unsafe parser.pointee.error {
        case YAML_MEMORY_ERROR:
            return Self.outOfMemory(name, at: unsafe Self.position(parser.pointee.mark))
        case YAML_READER_ERROR:
            return DocumentError(
                .encoding,
                "not readable as UTF-8 text",
                in: name,
                at: position(ofByte: unsafe parser.pointee.problem_offset),
                cause: cause
            )
        default:
            return DocumentError(
                .syntax,
                "not valid YAML",
                in: name,
                at: unsafe Self.position(parser.pointee.problem_mark),
                cause: cause
            )
        }
    }

    /// The place of a byte that is no character, for which libyaml gives only an offset.
    private func position(ofByte offset: Int) -> DocumentPosition {
        let before = unsafe input.prefix(offset)
        let line = unsafe before.count { $0 == UInt8(ascii: "\n") }
        let start = unsafe before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        // Continuation bytes begin no character.
        let column = unsafe before[start...].count { $0 & 0xC0 != 0x80 }
        return DocumentPosition(line: line + 1, column: column + 1)
    }
}
