// @ts-check
// What protobufjs has read, as the descriptor of a file: what `protoc` would give to a generator of code.

import { create } from "@bufbuild/protobuf"
import {
  FileDescriptorProtoSchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt"
import protobuf from "protobufjs"

/** @type {Record<string, Type>} */
const scalars = { double: Type.DOUBLE, int32: Type.INT32, int64: Type.INT64, string: Type.STRING }

/**
 * Describes a package of enums, messages of scalars, enums and messages, and services.
 * @param {any} namespace protobufjs's namespace, whose types a checkout does not have installed
 * @param {string} file How the file is called.
 */
export function describe(namespace, file) {
  if (!(namespace instanceof protobuf.Namespace)) throw new Error("There is no such package")
  const { nestedArray: things } = namespace
  return create(FileDescriptorProtoSchema, {
    name: file,
    package: namespace.name,
    syntax: "proto3",
    enumType: things.filter((thing) => thing instanceof protobuf.Enum).map(describeEnum),
    messageType: things.filter((thing) => thing instanceof protobuf.Type).map(describeMessage),
    service: things.filter((thing) => thing instanceof protobuf.Service).map(describeService),
  })
}

/** @param {protobuf.Enum} thing */
const describeEnum = ({ name, values }) => ({
  name,
  value: Object.entries(values).map(([key, number]) => ({ name: key, number })),
})

/** @param {protobuf.Type} type */
function describeMessage({ name, fieldsArray }) {
  const optional = fieldsArray.filter(isOptional)
  return {
    name,
    field: fieldsArray.map((field) => {
      const scalar = scalars[field.type]
      const target = field.resolvedType
      const oneof = optional.indexOf(field)
      return {
        name: field.name,
        jsonName: field.name,
        number: field.id,
        label: field.repeated ? Label.REPEATED : Label.OPTIONAL,
        type: scalar ?? (target instanceof protobuf.Enum ? Type.ENUM : Type.MESSAGE),
        ...(target === null ? {} : { typeName: target.fullName }),
        ...(oneof === -1 ? {} : { proto3Optional: true, oneofIndex: oneof }),
      }
    }),
    oneofDecl: optional.map((field) => ({ name: `_${field.name}` })),
  }
}

/** @param {protobuf.Field} field */
const isOptional = (field) => field.options?.["proto3_optional"] === true

/** @param {protobuf.Service} service */
const describeService = ({ name, methodsArray }) => ({
  name,
  method: methodsArray.map((method) => ({
    name: method.name,
    inputType: method.resolvedRequestType?.fullName ?? "",
    outputType: method.resolvedResponseType?.fullName ?? "",
  })),
})
